using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Fovea.Kernels;

/// <summary>
/// AVX-512: 14 rows by 32 columns fill 28 of the 32 registers, two more hold B and one A. Small heights of 8 and 4 keep the last rows of a matrix
/// from
/// costing a full tile. The bodies are written out because the sums must be locals to live in registers.
/// </summary>
internal readonly unsafe struct Tile512 : ITile
{
    public static bool IsSupported => Vector512.IsHardwareAccelerated && Avx512F.IsSupported;

    public static int Rows => 14;

    public static int Columns => 32;

    public static int Stride(int rows) => rows > 8 ? 16 : rows > 4 ? 8 : 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Multiply(int rows, nint k, float* a, float* b, float* c, nint ldc, TileEnd end)
    {
        if (rows > 8)
            Multiply14(rows, k, a, b, c, ldc, end);
        else if (rows > 4)
            Multiply8(rows, k, a, b, c, ldc, end);
        else
            Multiply4(rows, k, a, b, c, ldc, end);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply14(int rows, nint k, float* a, float* b, float* c, nint ldc, TileEnd end)
    {
        Vector512<float> c00 = default, c01 = default, c10 = default, c11 = default, c20 = default, c21 = default, c30 = default, c31 = default,
            c40 = default, c41 = default, c50 = default, c51 = default, c60 = default, c61 = default;
        Vector512<float> c70 = default, c71 = default, c80 = default, c81 = default, c90 = default, c91 = default, ca0 = default, ca1 = default,
            cb0 = default, cb1 = default, cc0 = default, cc1 = default, cd0 = default, cd1 = default;
        for (nint i = 0; i < k; i++, a += 16, b += 32)
        {
            Vector512<float> b0 = Vector512.Load(b), b1 = Vector512.Load(b + 16), x;
            x = Vector512.Create(a[0]);
            c00 = Avx512F.FusedMultiplyAdd(x, b0, c00);
            c01 = Avx512F.FusedMultiplyAdd(x, b1, c01);
            x = Vector512.Create(a[1]);
            c10 = Avx512F.FusedMultiplyAdd(x, b0, c10);
            c11 = Avx512F.FusedMultiplyAdd(x, b1, c11);
            x = Vector512.Create(a[2]);
            c20 = Avx512F.FusedMultiplyAdd(x, b0, c20);
            c21 = Avx512F.FusedMultiplyAdd(x, b1, c21);
            x = Vector512.Create(a[3]);
            c30 = Avx512F.FusedMultiplyAdd(x, b0, c30);
            c31 = Avx512F.FusedMultiplyAdd(x, b1, c31);
            x = Vector512.Create(a[4]);
            c40 = Avx512F.FusedMultiplyAdd(x, b0, c40);
            c41 = Avx512F.FusedMultiplyAdd(x, b1, c41);
            x = Vector512.Create(a[5]);
            c50 = Avx512F.FusedMultiplyAdd(x, b0, c50);
            c51 = Avx512F.FusedMultiplyAdd(x, b1, c51);
            x = Vector512.Create(a[6]);
            c60 = Avx512F.FusedMultiplyAdd(x, b0, c60);
            c61 = Avx512F.FusedMultiplyAdd(x, b1, c61);
            x = Vector512.Create(a[7]);
            c70 = Avx512F.FusedMultiplyAdd(x, b0, c70);
            c71 = Avx512F.FusedMultiplyAdd(x, b1, c71);
            x = Vector512.Create(a[8]);
            c80 = Avx512F.FusedMultiplyAdd(x, b0, c80);
            c81 = Avx512F.FusedMultiplyAdd(x, b1, c81);
            x = Vector512.Create(a[9]);
            c90 = Avx512F.FusedMultiplyAdd(x, b0, c90);
            c91 = Avx512F.FusedMultiplyAdd(x, b1, c91);
            x = Vector512.Create(a[10]);
            ca0 = Avx512F.FusedMultiplyAdd(x, b0, ca0);
            ca1 = Avx512F.FusedMultiplyAdd(x, b1, ca1);
            x = Vector512.Create(a[11]);
            cb0 = Avx512F.FusedMultiplyAdd(x, b0, cb0);
            cb1 = Avx512F.FusedMultiplyAdd(x, b1, cb1);
            x = Vector512.Create(a[12]);
            cc0 = Avx512F.FusedMultiplyAdd(x, b0, cc0);
            cc1 = Avx512F.FusedMultiplyAdd(x, b1, cc1);
            x = Vector512.Create(a[13]);
            cd0 = Avx512F.FusedMultiplyAdd(x, b0, cd0);
            cd1 = Avx512F.FusedMultiplyAdd(x, b1, cd1);
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
        if (rows == 4)
            return;
        End(c + (4 * ldc), 4, c40, c41, end);
        if (rows == 5)
            return;
        End(c + (5 * ldc), 5, c50, c51, end);
        if (rows == 6)
            return;
        End(c + (6 * ldc), 6, c60, c61, end);
        if (rows == 7)
            return;
        End(c + (7 * ldc), 7, c70, c71, end);
        if (rows == 8)
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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply8(int rows, nint k, float* a, float* b, float* c, nint ldc, TileEnd end)
    {
        Vector512<float> c00 = default, c01 = default, c10 = default, c11 = default, c20 = default, c21 = default, c30 = default, c31 = default,
            c40 = default, c41 = default, c50 = default, c51 = default, c60 = default, c61 = default, c70 = default, c71 = default;
        for (nint i = 0; i < k; i++, a += 8, b += 32)
        {
            Vector512<float> b0 = Vector512.Load(b), b1 = Vector512.Load(b + 16), x;
            x = Vector512.Create(a[0]);
            c00 = Avx512F.FusedMultiplyAdd(x, b0, c00);
            c01 = Avx512F.FusedMultiplyAdd(x, b1, c01);
            x = Vector512.Create(a[1]);
            c10 = Avx512F.FusedMultiplyAdd(x, b0, c10);
            c11 = Avx512F.FusedMultiplyAdd(x, b1, c11);
            x = Vector512.Create(a[2]);
            c20 = Avx512F.FusedMultiplyAdd(x, b0, c20);
            c21 = Avx512F.FusedMultiplyAdd(x, b1, c21);
            x = Vector512.Create(a[3]);
            c30 = Avx512F.FusedMultiplyAdd(x, b0, c30);
            c31 = Avx512F.FusedMultiplyAdd(x, b1, c31);
            x = Vector512.Create(a[4]);
            c40 = Avx512F.FusedMultiplyAdd(x, b0, c40);
            c41 = Avx512F.FusedMultiplyAdd(x, b1, c41);
            x = Vector512.Create(a[5]);
            c50 = Avx512F.FusedMultiplyAdd(x, b0, c50);
            c51 = Avx512F.FusedMultiplyAdd(x, b1, c51);
            x = Vector512.Create(a[6]);
            c60 = Avx512F.FusedMultiplyAdd(x, b0, c60);
            c61 = Avx512F.FusedMultiplyAdd(x, b1, c61);
            x = Vector512.Create(a[7]);
            c70 = Avx512F.FusedMultiplyAdd(x, b0, c70);
            c71 = Avx512F.FusedMultiplyAdd(x, b1, c71);
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
        if (rows == 4)
            return;
        End(c + (4 * ldc), 4, c40, c41, end);
        if (rows == 5)
            return;
        End(c + (5 * ldc), 5, c50, c51, end);
        if (rows == 6)
            return;
        End(c + (6 * ldc), 6, c60, c61, end);
        if (rows == 7)
            return;
        End(c + (7 * ldc), 7, c70, c71, end);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply4(int rows, nint k, float* a, float* b, float* c, nint ldc, TileEnd end)
    {
        Vector512<float> c00 = default, c01 = default, c10 = default, c11 = default, c20 = default, c21 = default, c30 = default, c31 = default;
        for (nint i = 0; i < k; i++, a += 4, b += 32)
        {
            Vector512<float> b0 = Vector512.Load(b), b1 = Vector512.Load(b + 16), x;
            x = Vector512.Create(a[0]);
            c00 = Avx512F.FusedMultiplyAdd(x, b0, c00);
            c01 = Avx512F.FusedMultiplyAdd(x, b1, c01);
            x = Vector512.Create(a[1]);
            c10 = Avx512F.FusedMultiplyAdd(x, b0, c10);
            c11 = Avx512F.FusedMultiplyAdd(x, b1, c11);
            x = Vector512.Create(a[2]);
            c20 = Avx512F.FusedMultiplyAdd(x, b0, c20);
            c21 = Avx512F.FusedMultiplyAdd(x, b1, c21);
            x = Vector512.Create(a[3]);
            c30 = Avx512F.FusedMultiplyAdd(x, b0, c30);
            c31 = Avx512F.FusedMultiplyAdd(x, b1, c31);
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
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void End(float* c, int row, Vector512<float> v0, Vector512<float> v1, TileEnd end)
    {
        if (end.Accumulate)
        {
            v0 += Vector512.Load(c);
            v1 += Vector512.Load(c + 16);
        }
        if (end.Bias != null)
        {
            v0 += Vector512.Create(end.Bias[row]);
            v1 += Vector512.Create(end.Bias[row]);
        }
        if (end.Relu)
        {
            v0 = Vector512.ConditionalSelect(Vector512.LessThanOrEqual(v0, Vector512<float>.Zero), Vector512<float>.Zero, v0);
            v1 = Vector512.ConditionalSelect(Vector512.LessThanOrEqual(v1, Vector512<float>.Zero), Vector512<float>.Zero, v1);
        }
        v0.Store(c);
        v1.Store(c + 16);
    }
}
