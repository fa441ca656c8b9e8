using System.Runtime.CompilerServices;

namespace Fovea.Kernels;

/// <summary>The rows that a body of <see cref="Registers{TLanes, TVector}"/> is compiled for.</summary>
internal interface ITileRows
{
    /// <summary>4, 6, 8 or 14: two vectors of sums each.</summary>
    static abstract int Count { get; }

    /// <summary>Floats between successive k of the packed panel of A.</summary>
    static abstract int Stride { get; }
}

internal readonly struct Rows4 : ITileRows
{
    public static int Count => 4;

    public static int Stride => 4;
}

internal readonly struct Rows6 : ITileRows
{
    public static int Count => 6;

    public static int Stride => 6;
}

internal readonly struct Rows8 : ITileRows
{
    public static int Count => 8;

    public static int Stride => 8;
}

internal readonly struct Rows14 : ITileRows
{
    public static int Count => 14;

    public static int Stride => 16;
}

/// <summary>
/// The body of all tiles: rows by two vectors of sums. It is written out because sums must be locals to live in registers; what a tile of fewer rows
/// does not have falls away when it is compiled.
/// </summary>
internal static unsafe class Registers<TLanes, TVector>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply<TRows>(int rows, nint k, float* a, float* b, float* c, nint ldc, TileEnd end)
        where TRows : struct, ITileRows
    {
        TVector c00 = default, c01 = default, c10 = default, c11 = default, c20 = default, c21 = default, c30 = default, c31 = default, c40 = default,
            c41 = default, c50 = default, c51 = default, c60 = default, c61 = default, c70 = default, c71 = default, c80 = default, c81 = default;
        TVector c90 = default, c91 = default, ca0 = default, ca1 = default, cb0 = default, cb1 = default, cc0 = default, cc1 = default, cd0 = default,
            cd1 = default;
        for (nint i = 0; i < k; i++, a += TRows.Stride, b += 2 * TLanes.Count)
        {
            TVector b0 = TLanes.Load(b), b1 = TLanes.Load(b + TLanes.Count), x;
            x = TLanes.Create(a[0]);
            c00 = TLanes.MultiplyAdd(x, b0, c00);
            c01 = TLanes.MultiplyAdd(x, b1, c01);
            x = TLanes.Create(a[1]);
            c10 = TLanes.MultiplyAdd(x, b0, c10);
            c11 = TLanes.MultiplyAdd(x, b1, c11);
            x = TLanes.Create(a[2]);
            c20 = TLanes.MultiplyAdd(x, b0, c20);
            c21 = TLanes.MultiplyAdd(x, b1, c21);
            x = TLanes.Create(a[3]);
            c30 = TLanes.MultiplyAdd(x, b0, c30);
            c31 = TLanes.MultiplyAdd(x, b1, c31);
            if (TRows.Count > 4)
            {
                x = TLanes.Create(a[4]);
                c40 = TLanes.MultiplyAdd(x, b0, c40);
                c41 = TLanes.MultiplyAdd(x, b1, c41);
                x = TLanes.Create(a[5]);
                c50 = TLanes.MultiplyAdd(x, b0, c50);
                c51 = TLanes.MultiplyAdd(x, b1, c51);
            }
            if (TRows.Count > 6)
            {
                x = TLanes.Create(a[6]);
                c60 = TLanes.MultiplyAdd(x, b0, c60);
                c61 = TLanes.MultiplyAdd(x, b1, c61);
                x = TLanes.Create(a[7]);
                c70 = TLanes.MultiplyAdd(x, b0, c70);
                c71 = TLanes.MultiplyAdd(x, b1, c71);
            }
            if (TRows.Count > 8)
            {
                x = TLanes.Create(a[8]);
                c80 = TLanes.MultiplyAdd(x, b0, c80);
                c81 = TLanes.MultiplyAdd(x, b1, c81);
                x = TLanes.Create(a[9]);
                c90 = TLanes.MultiplyAdd(x, b0, c90);
                c91 = TLanes.MultiplyAdd(x, b1, c91);
                x = TLanes.Create(a[10]);
                ca0 = TLanes.MultiplyAdd(x, b0, ca0);
                ca1 = TLanes.MultiplyAdd(x, b1, ca1);
                x = TLanes.Create(a[11]);
                cb0 = TLanes.MultiplyAdd(x, b0, cb0);
                cb1 = TLanes.MultiplyAdd(x, b1, cb1);
                x = TLanes.Create(a[12]);
                cc0 = TLanes.MultiplyAdd(x, b0, cc0);
                cc1 = TLanes.MultiplyAdd(x, b1, cc1);
                x = TLanes.Create(a[13]);
                cd0 = TLanes.MultiplyAdd(x, b0, cd0);
                cd1 = TLanes.MultiplyAdd(x, b1, cd1);
            }
        }
        End(c, 0, c00, c01, end);
        if (rows == 1)
            return;
        End(c + ldc, 1, c10, c11, end);
        if (rows == 2)
            return;
        End(c + (2 * ldc), 2, c20, c21, end);
        if (rows == 3)
            return;
        End(c + (3 * ldc), 3, c30, c31, end);
        if (rows == 4 || TRows.Count == 4)
            return;
        End(c + (4 * ldc), 4, c40, c41, end);
        if (rows == 5)
            return;
        End(c + (5 * ldc), 5, c50, c51, end);
        if (rows == 6 || TRows.Count == 6)
            return;
        End(c + (6 * ldc), 6, c60, c61, end);
        if (rows == 7)
            return;
        End(c + (7 * ldc), 7, c70, c71, end);
        if (rows == 8 || TRows.Count == 8)
            return;
        End(c + (8 * ldc), 8, c80, c81, end);
        if (rows == 9)
            return;
        End(c + (9 * ldc), 9, c90, c91, end);
        if (rows == 10)
            return;
        End(c + (10 * ldc), 10, ca0, ca1, end);
        if (rows == 11)
            return;
        End(c + (11 * ldc), 11, cb0, cb1, end);
        if (rows == 12)
            return;
        End(c + (12 * ldc), 12, cc0, cc1, end);
        if (rows == 13)
            return;
        End(c + (13 * ldc), 13, cd0, cd1, end);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void End(float* c, int row, TVector v0, TVector v1, TileEnd end)
    {
        if (end.Accumulate)
        {
            v0 = TLanes.Add(v0, TLanes.Load(c));
            v1 = TLanes.Add(v1, TLanes.Load(c + TLanes.Count));
        }
        if (end.Bias != null)
        {
            TVector bias = TLanes.Create(end.Bias[row]);
            v0 = TLanes.Add(v0, bias);
            v1 = TLanes.Add(v1, bias);
        }
        if (end.Relu)
        {
            v0 = TLanes.Relu(v0);
            v1 = TLanes.Relu(v1);
        }
        TLanes.Store(v0, c);
        TLanes.Store(v1, c + TLanes.Count);
    }
}
