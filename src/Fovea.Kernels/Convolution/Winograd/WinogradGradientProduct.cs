using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static Fovea.Kernels.WinogradGrid;

namespace Fovea.Kernels;

/// <summary>
/// The products of the weights' gradient: 8 channels of one side by one to three blocks of the other's, summed over tiles, in registers. Both sides
/// are read as their transforms left them, [block][tile][16]. The bodies are written out because the sums must be locals to live in registers.
/// </summary>
internal static unsafe class WinogradGradientProduct
{
    /// <summary>Channels of the left side: half a block.</summary>
    public const int Rows = 8;

    /// <summary>Blocks of the right side, at most.</summary>
    public const int MaxBlocks = 3;

    /// <summary>c = (accumulate ? c : 0) + sum over k tiles of a^T b.</summary>
    /// <param name="blocks">Blocks of the right side, 1 to 3.</param>
    /// <param name="k">Tiles.</param>
    /// <param name="a">The first of 8 channels within [tile][16].</param>
    /// <param name="b">The right side's first block, [tile][16].</param>
    /// <param name="blockStep">Floats between blocks of the right side.</param>
    /// <param name="c">The result's first row.</param>
    /// <param name="rowStep">Floats between its rows.</param>
    /// <param name="accumulate">False: c need not be initialised.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Multiply(int blocks, nint k, float* a, float* b, nint blockStep, float* c, nint rowStep, bool accumulate)
    {
        if (blocks == 3)
            Multiply3(k, a, b, blockStep, c, rowStep, accumulate);
        else if (blocks == 2)
            Multiply2(k, a, b, blockStep, c, rowStep, accumulate);
        else
            Multiply1(k, a, b, c, rowStep, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Multiply3(nint k, float* a, float* b, nint blockStep, float* c, nint rowStep, bool accumulate)
    {
        Vector512<float> c00 = default, c01 = default, c02 = default, c10 = default, c11 = default, c12 = default, c20 = default, c21 = default,
            c22 = default, c30 = default, c31 = default, c32 = default, c40 = default, c41 = default, c42 = default, c50 = default, c51 = default,
            c52 = default, c60 = default, c61 = default, c62 = default, c70 = default, c71 = default, c72 = default;
        float* b1 = b + blockStep, b2 = b + (2 * blockStep);
        for (float* end = a + (k * Channels); a != end; a += Channels, b += Channels, b1 += Channels, b2 += Channels)
        {
            Vector512<float> y0 = Vector512.Load(b), y1 = Vector512.Load(b1), y2 = Vector512.Load(b2), x;
            x = Vector512.Create(a[0]);
            c00 = Vector512.FusedMultiplyAdd(x, y0, c00);
            c01 = Vector512.FusedMultiplyAdd(x, y1, c01);
            c02 = Vector512.FusedMultiplyAdd(x, y2, c02);
            x = Vector512.Create(a[1]);
            c10 = Vector512.FusedMultiplyAdd(x, y0, c10);
            c11 = Vector512.FusedMultiplyAdd(x, y1, c11);
            c12 = Vector512.FusedMultiplyAdd(x, y2, c12);
            x = Vector512.Create(a[2]);
            c20 = Vector512.FusedMultiplyAdd(x, y0, c20);
            c21 = Vector512.FusedMultiplyAdd(x, y1, c21);
            c22 = Vector512.FusedMultiplyAdd(x, y2, c22);
            x = Vector512.Create(a[3]);
            c30 = Vector512.FusedMultiplyAdd(x, y0, c30);
            c31 = Vector512.FusedMultiplyAdd(x, y1, c31);
            c32 = Vector512.FusedMultiplyAdd(x, y2, c32);
            x = Vector512.Create(a[4]);
            c40 = Vector512.FusedMultiplyAdd(x, y0, c40);
            c41 = Vector512.FusedMultiplyAdd(x, y1, c41);
            c42 = Vector512.FusedMultiplyAdd(x, y2, c42);
            x = Vector512.Create(a[5]);
            c50 = Vector512.FusedMultiplyAdd(x, y0, c50);
            c51 = Vector512.FusedMultiplyAdd(x, y1, c51);
            c52 = Vector512.FusedMultiplyAdd(x, y2, c52);
            x = Vector512.Create(a[6]);
            c60 = Vector512.FusedMultiplyAdd(x, y0, c60);
            c61 = Vector512.FusedMultiplyAdd(x, y1, c61);
            c62 = Vector512.FusedMultiplyAdd(x, y2, c62);
            x = Vector512.Create(a[7]);
            c70 = Vector512.FusedMultiplyAdd(x, y0, c70);
            c71 = Vector512.FusedMultiplyAdd(x, y1, c71);
            c72 = Vector512.FusedMultiplyAdd(x, y2, c72);
        }
        End(c, c00, c01, c02, accumulate);
        End(c + rowStep, c10, c11, c12, accumulate);
        End(c + (2 * rowStep), c20, c21, c22, accumulate);
        End(c + (3 * rowStep), c30, c31, c32, accumulate);
        End(c + (4 * rowStep), c40, c41, c42, accumulate);
        End(c + (5 * rowStep), c50, c51, c52, accumulate);
        End(c + (6 * rowStep), c60, c61, c62, accumulate);
        End(c + (7 * rowStep), c70, c71, c72, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Multiply2(nint k, float* a, float* b, nint blockStep, float* c, nint rowStep, bool accumulate)
    {
        Vector512<float> c00 = default, c01 = default, c10 = default, c11 = default, c20 = default, c21 = default, c30 = default, c31 = default,
            c40 = default, c41 = default, c50 = default, c51 = default, c60 = default, c61 = default, c70 = default, c71 = default;
        float* b1 = b + blockStep;
        for (float* end = a + (k * Channels); a != end; a += Channels, b += Channels, b1 += Channels)
        {
            Vector512<float> y0 = Vector512.Load(b), y1 = Vector512.Load(b1), x;
            x = Vector512.Create(a[0]);
            c00 = Vector512.FusedMultiplyAdd(x, y0, c00);
            c01 = Vector512.FusedMultiplyAdd(x, y1, c01);
            x = Vector512.Create(a[1]);
            c10 = Vector512.FusedMultiplyAdd(x, y0, c10);
            c11 = Vector512.FusedMultiplyAdd(x, y1, c11);
            x = Vector512.Create(a[2]);
            c20 = Vector512.FusedMultiplyAdd(x, y0, c20);
            c21 = Vector512.FusedMultiplyAdd(x, y1, c21);
            x = Vector512.Create(a[3]);
            c30 = Vector512.FusedMultiplyAdd(x, y0, c30);
            c31 = Vector512.FusedMultiplyAdd(x, y1, c31);
            x = Vector512.Create(a[4]);
            c40 = Vector512.FusedMultiplyAdd(x, y0, c40);
            c41 = Vector512.FusedMultiplyAdd(x, y1, c41);
            x = Vector512.Create(a[5]);
            c50 = Vector512.FusedMultiplyAdd(x, y0, c50);
            c51 = Vector512.FusedMultiplyAdd(x, y1, c51);
            x = Vector512.Create(a[6]);
            c60 = Vector512.FusedMultiplyAdd(x, y0, c60);
            c61 = Vector512.FusedMultiplyAdd(x, y1, c61);
            x = Vector512.Create(a[7]);
            c70 = Vector512.FusedMultiplyAdd(x, y0, c70);
            c71 = Vector512.FusedMultiplyAdd(x, y1, c71);
        }
        End(c, c00, c01, accumulate);
        End(c + rowStep, c10, c11, accumulate);
        End(c + (2 * rowStep), c20, c21, accumulate);
        End(c + (3 * rowStep), c30, c31, accumulate);
        End(c + (4 * rowStep), c40, c41, accumulate);
        End(c + (5 * rowStep), c50, c51, accumulate);
        End(c + (6 * rowStep), c60, c61, accumulate);
        End(c + (7 * rowStep), c70, c71, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Multiply1(nint k, float* a, float* b, float* c, nint rowStep, bool accumulate)
    {
        Vector512<float> c00 = default, c10 = default, c20 = default, c30 = default, c40 = default, c50 = default, c60 = default, c70 = default;
        for (float* end = a + (k * Channels); a != end; a += Channels, b += Channels)
        {
            Vector512<float> y0 = Vector512.Load(b), x;
            x = Vector512.Create(a[0]);
            c00 = Vector512.FusedMultiplyAdd(x, y0, c00);
            x = Vector512.Create(a[1]);
            c10 = Vector512.FusedMultiplyAdd(x, y0, c10);
            x = Vector512.Create(a[2]);
            c20 = Vector512.FusedMultiplyAdd(x, y0, c20);
            x = Vector512.Create(a[3]);
            c30 = Vector512.FusedMultiplyAdd(x, y0, c30);
            x = Vector512.Create(a[4]);
            c40 = Vector512.FusedMultiplyAdd(x, y0, c40);
            x = Vector512.Create(a[5]);
            c50 = Vector512.FusedMultiplyAdd(x, y0, c50);
            x = Vector512.Create(a[6]);
            c60 = Vector512.FusedMultiplyAdd(x, y0, c60);
            x = Vector512.Create(a[7]);
            c70 = Vector512.FusedMultiplyAdd(x, y0, c70);
        }
        End(c, c00, accumulate);
        End(c + rowStep, c10, accumulate);
        End(c + (2 * rowStep), c20, accumulate);
        End(c + (3 * rowStep), c30, accumulate);
        End(c + (4 * rowStep), c40, accumulate);
        End(c + (5 * rowStep), c50, accumulate);
        End(c + (6 * rowStep), c60, accumulate);
        End(c + (7 * rowStep), c70, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void End(float* c, Vector512<float> v0, Vector512<float> v1, Vector512<float> v2, bool accumulate)
    {
        if (accumulate)
        {
            v0 += Vector512.Load(c);
            v1 += Vector512.Load(c + 16);
            v2 += Vector512.Load(c + 32);
        }
        v0.Store(c);
        v1.Store(c + 16);
        v2.Store(c + 32);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void End(float* c, Vector512<float> v0, Vector512<float> v1, bool accumulate)
    {
        if (accumulate)
        {
            v0 += Vector512.Load(c);
            v1 += Vector512.Load(c + 16);
        }
        v0.Store(c);
        v1.Store(c + 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void End(float* c, Vector512<float> v0, bool accumulate)
    {
        if (accumulate)
        {
            v0 += Vector512.Load(c);
        }
        v0.Store(c);
    }
}
