using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Fovea.Kernels;

/// <summary>Every other processor: 8 rows by 8 columns of 128-bit vectors, half of the registers that ARM64 has.</summary>
internal readonly unsafe struct Tile128 : ITile
{
    public static int Rows => 8;

    public static int Columns => 8;

    public static int Stride(int rows) => 8;

    public static void Multiply(int rows, nint k, float* a, float* b, float* c, nint ldc, TileEnd end) => Multiply8(rows, k, a, b, c, ldc, end);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply8(int rows, nint k, float* a, float* b, float* c, nint ldc, TileEnd end)
    {
        Vector128<float> c00 = default, c01 = default, c10 = default, c11 = default, c20 = default, c21 = default, c30 = default, c31 = default,
            c40 = default, c41 = default, c50 = default, c51 = default, c60 = default, c61 = default, c70 = default, c71 = default;
        for (nint i = 0; i < k; i++, a += 8, b += 8)
        {
            Vector128<float> b0 = Vector128.Load(b), b1 = Vector128.Load(b + 4), x;
            x = Vector128.Create(a[0]);
            c00 = Vector128.MultiplyAddEstimate(x, b0, c00);
            c01 = Vector128.MultiplyAddEstimate(x, b1, c01);
            x = Vector128.Create(a[1]);
            c10 = Vector128.MultiplyAddEstimate(x, b0, c10);
            c11 = Vector128.MultiplyAddEstimate(x, b1, c11);
            x = Vector128.Create(a[2]);
            c20 = Vector128.MultiplyAddEstimate(x, b0, c20);
            c21 = Vector128.MultiplyAddEstimate(x, b1, c21);
            x = Vector128.Create(a[3]);
            c30 = Vector128.MultiplyAddEstimate(x, b0, c30);
            c31 = Vector128.MultiplyAddEstimate(x, b1, c31);
            x = Vector128.Create(a[4]);
            c40 = Vector128.MultiplyAddEstimate(x, b0, c40);
            c41 = Vector128.MultiplyAddEstimate(x, b1, c41);
            x = Vector128.Create(a[5]);
            c50 = Vector128.MultiplyAddEstimate(x, b0, c50);
            c51 = Vector128.MultiplyAddEstimate(x, b1, c51);
            x = Vector128.Create(a[6]);
            c60 = Vector128.MultiplyAddEstimate(x, b0, c60);
            c61 = Vector128.MultiplyAddEstimate(x, b1, c61);
            x = Vector128.Create(a[7]);
            c70 = Vector128.MultiplyAddEstimate(x, b0, c70);
            c71 = Vector128.MultiplyAddEstimate(x, b1, c71);
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void End(float* c, int row, Vector128<float> v0, Vector128<float> v1, TileEnd end)
    {
        if (end.Accumulate)
        {
            v0 += Vector128.Load(c);
            v1 += Vector128.Load(c + 4);
        }
        if (end.Bias != null)
        {
            v0 += Vector128.Create(end.Bias[row]);
            v1 += Vector128.Create(end.Bias[row]);
        }
        if (end.Relu)
        {
            v0 = Vector128.ConditionalSelect(Vector128.LessThanOrEqual(v0, Vector128<float>.Zero), Vector128<float>.Zero, v0);
            v1 = Vector128.ConditionalSelect(Vector128.LessThanOrEqual(v1, Vector128<float>.Zero), Vector128<float>.Zero, v1);
        }
        v0.Store(c);
        v1.Store(c + 4);
    }
}
