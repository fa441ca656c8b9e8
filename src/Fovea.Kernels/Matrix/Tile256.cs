using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Fovea.Kernels;

/// <summary>AVX2 with FMA: 6 rows by 16 columns fill 12 of the 16 registers.</summary>
internal readonly unsafe struct Tile256 : ITile
{
    public static bool IsSupported => Vector256.IsHardwareAccelerated && Fma.IsSupported;

    public static int Rows => 6;

    public static int Columns => 16;

    public static int Stride(int rows) => 6;

    public static void Multiply(int rows, nint k, float* a, float* b, float* c, nint ldc, TileEnd end) => Multiply6(rows, k, a, b, c, ldc, end);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply6(int rows, nint k, float* a, float* b, float* c, nint ldc, TileEnd end)
    {
        Vector256<float> c00 = default, c01 = default, c10 = default, c11 = default, c20 = default, c21 = default, c30 = default, c31 = default,
            c40 = default, c41 = default, c50 = default, c51 = default;
        for (nint i = 0; i < k; i++, a += 6, b += 16)
        {
            Vector256<float> b0 = Vector256.Load(b), b1 = Vector256.Load(b + 8), x;
            x = Vector256.Create(a[0]);
            c00 = Fma.MultiplyAdd(x, b0, c00);
            c01 = Fma.MultiplyAdd(x, b1, c01);
            x = Vector256.Create(a[1]);
            c10 = Fma.MultiplyAdd(x, b0, c10);
            c11 = Fma.MultiplyAdd(x, b1, c11);
            x = Vector256.Create(a[2]);
            c20 = Fma.MultiplyAdd(x, b0, c20);
            c21 = Fma.MultiplyAdd(x, b1, c21);
            x = Vector256.Create(a[3]);
            c30 = Fma.MultiplyAdd(x, b0, c30);
            c31 = Fma.MultiplyAdd(x, b1, c31);
            x = Vector256.Create(a[4]);
            c40 = Fma.MultiplyAdd(x, b0, c40);
            c41 = Fma.MultiplyAdd(x, b1, c41);
            x = Vector256.Create(a[5]);
            c50 = Fma.MultiplyAdd(x, b0, c50);
            c51 = Fma.MultiplyAdd(x, b1, c51);
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
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void End(float* c, int row, Vector256<float> v0, Vector256<float> v1, TileEnd end)
    {
        if (end.Accumulate)
        {
            v0 += Vector256.Load(c);
            v1 += Vector256.Load(c + 8);
        }
        if (end.Bias != null)
        {
            v0 += Vector256.Create(end.Bias[row]);
            v1 += Vector256.Create(end.Bias[row]);
        }
        if (end.Relu)
        {
            v0 = Vector256.ConditionalSelect(Vector256.LessThanOrEqual(v0, Vector256<float>.Zero), Vector256<float>.Zero, v0);
            v1 = Vector256.ConditionalSelect(Vector256.LessThanOrEqual(v1, Vector256<float>.Zero), Vector256<float>.Zero, v1);
        }
        v0.Store(c);
        v1.Store(c + 8);
    }
}
