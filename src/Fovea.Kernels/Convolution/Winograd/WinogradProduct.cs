using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static Fovea.Kernels.WinogradGrid;

namespace Fovea.Kernels;

/// <summary>
/// The products of forward and backward data: 14 tiles by one or two blocks of channels in registers. The transformed tiles are read as their
/// transform left them, [block][tile][16]: the rows of the product lie 16 floats apart, which is an address' constant part, so nothing is packed. The
/// bodies are written out because the sums must be locals to live in registers.
/// </summary>
internal static unsafe class WinogradProduct
{
    /// <summary>Tiles of a product.</summary>
    public const int Rows = 14;

    /// <summary>m = v * u for 14 tiles; sums run over the source's channels in order.</summary>
    /// <param name="width">Channels of the panel, 16 or 32.</param>
    /// <param name="blocks">Blocks of 16 channels of the source.</param>
    /// <param name="blockStep">Floats between them in v.</param>
    /// <param name="v">[blocks][tiles][16].</param>
    /// <param name="u">[blocks * 16][width].</param>
    /// <param name="m">The first tile's result.</param>
    /// <param name="rowStep">Floats between the results of neighbouring tiles.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Multiply(int width, int blocks, nint blockStep, float* v, float* u, float* m, nint rowStep)
    {
        if (width == 2 * Channels)
            Multiply2(blocks, blockStep, v, u, m, rowStep);
        else
            Multiply1(blocks, blockStep, v, u, m, rowStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply2(int blocks, nint blockStep, float* v, float* u, float* m, nint rowStep)
    {
        Vector512<float> c00 = default, c01 = default, c10 = default, c11 = default, c20 = default, c21 = default, c30 = default, c31 = default,
            c40 = default, c41 = default, c50 = default, c51 = default, c60 = default, c61 = default, c70 = default, c71 = default, c80 = default,
            c81 = default, c90 = default, c91 = default, ca0 = default, ca1 = default, cb0 = default, cb1 = default, cc0 = default, cc1 = default,
            cd0 = default, cd1 = default;
        for (int block = 0; block < blocks; block++, v += blockStep)
        {
            float* a = v, end = v + Channels;
            for (; a != end; a++, u += 32)
            {
                Vector512<float> u0 = Vector512.Load(u), u1 = Vector512.Load(u + 16), x;
                x = Vector512.Create(a[0]);
                c00 = Vector512.FusedMultiplyAdd(x, u0, c00);
                c01 = Vector512.FusedMultiplyAdd(x, u1, c01);
                x = Vector512.Create(a[16]);
                c10 = Vector512.FusedMultiplyAdd(x, u0, c10);
                c11 = Vector512.FusedMultiplyAdd(x, u1, c11);
                x = Vector512.Create(a[32]);
                c20 = Vector512.FusedMultiplyAdd(x, u0, c20);
                c21 = Vector512.FusedMultiplyAdd(x, u1, c21);
                x = Vector512.Create(a[48]);
                c30 = Vector512.FusedMultiplyAdd(x, u0, c30);
                c31 = Vector512.FusedMultiplyAdd(x, u1, c31);
                x = Vector512.Create(a[64]);
                c40 = Vector512.FusedMultiplyAdd(x, u0, c40);
                c41 = Vector512.FusedMultiplyAdd(x, u1, c41);
                x = Vector512.Create(a[80]);
                c50 = Vector512.FusedMultiplyAdd(x, u0, c50);
                c51 = Vector512.FusedMultiplyAdd(x, u1, c51);
                x = Vector512.Create(a[96]);
                c60 = Vector512.FusedMultiplyAdd(x, u0, c60);
                c61 = Vector512.FusedMultiplyAdd(x, u1, c61);
                x = Vector512.Create(a[112]);
                c70 = Vector512.FusedMultiplyAdd(x, u0, c70);
                c71 = Vector512.FusedMultiplyAdd(x, u1, c71);
                x = Vector512.Create(a[128]);
                c80 = Vector512.FusedMultiplyAdd(x, u0, c80);
                c81 = Vector512.FusedMultiplyAdd(x, u1, c81);
                x = Vector512.Create(a[144]);
                c90 = Vector512.FusedMultiplyAdd(x, u0, c90);
                c91 = Vector512.FusedMultiplyAdd(x, u1, c91);
                x = Vector512.Create(a[160]);
                ca0 = Vector512.FusedMultiplyAdd(x, u0, ca0);
                ca1 = Vector512.FusedMultiplyAdd(x, u1, ca1);
                x = Vector512.Create(a[176]);
                cb0 = Vector512.FusedMultiplyAdd(x, u0, cb0);
                cb1 = Vector512.FusedMultiplyAdd(x, u1, cb1);
                x = Vector512.Create(a[192]);
                cc0 = Vector512.FusedMultiplyAdd(x, u0, cc0);
                cc1 = Vector512.FusedMultiplyAdd(x, u1, cc1);
                x = Vector512.Create(a[208]);
                cd0 = Vector512.FusedMultiplyAdd(x, u0, cd0);
                cd1 = Vector512.FusedMultiplyAdd(x, u1, cd1);
            }
        }
        c00.Store(m);
        c01.Store(m + 16);
        c10.Store(m + rowStep);
        c11.Store(m + rowStep + 16);
        c20.Store(m + (2 * rowStep));
        c21.Store(m + (2 * rowStep) + 16);
        c30.Store(m + (3 * rowStep));
        c31.Store(m + (3 * rowStep) + 16);
        c40.Store(m + (4 * rowStep));
        c41.Store(m + (4 * rowStep) + 16);
        c50.Store(m + (5 * rowStep));
        c51.Store(m + (5 * rowStep) + 16);
        c60.Store(m + (6 * rowStep));
        c61.Store(m + (6 * rowStep) + 16);
        c70.Store(m + (7 * rowStep));
        c71.Store(m + (7 * rowStep) + 16);
        c80.Store(m + (8 * rowStep));
        c81.Store(m + (8 * rowStep) + 16);
        c90.Store(m + (9 * rowStep));
        c91.Store(m + (9 * rowStep) + 16);
        ca0.Store(m + (10 * rowStep));
        ca1.Store(m + (10 * rowStep) + 16);
        cb0.Store(m + (11 * rowStep));
        cb1.Store(m + (11 * rowStep) + 16);
        cc0.Store(m + (12 * rowStep));
        cc1.Store(m + (12 * rowStep) + 16);
        cd0.Store(m + (13 * rowStep));
        cd1.Store(m + (13 * rowStep) + 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply1(int blocks, nint blockStep, float* v, float* u, float* m, nint rowStep)
    {
        Vector512<float> c00 = default, c10 = default, c20 = default, c30 = default, c40 = default, c50 = default, c60 = default, c70 = default,
            c80 = default, c90 = default, ca0 = default, cb0 = default, cc0 = default, cd0 = default;
        for (int block = 0; block < blocks; block++, v += blockStep)
        {
            float* a = v, end = v + Channels;
            for (; a != end; a++, u += 16)
            {
                Vector512<float> u0 = Vector512.Load(u), x;
                x = Vector512.Create(a[0]);
                c00 = Vector512.FusedMultiplyAdd(x, u0, c00);
                x = Vector512.Create(a[16]);
                c10 = Vector512.FusedMultiplyAdd(x, u0, c10);
                x = Vector512.Create(a[32]);
                c20 = Vector512.FusedMultiplyAdd(x, u0, c20);
                x = Vector512.Create(a[48]);
                c30 = Vector512.FusedMultiplyAdd(x, u0, c30);
                x = Vector512.Create(a[64]);
                c40 = Vector512.FusedMultiplyAdd(x, u0, c40);
                x = Vector512.Create(a[80]);
                c50 = Vector512.FusedMultiplyAdd(x, u0, c50);
                x = Vector512.Create(a[96]);
                c60 = Vector512.FusedMultiplyAdd(x, u0, c60);
                x = Vector512.Create(a[112]);
                c70 = Vector512.FusedMultiplyAdd(x, u0, c70);
                x = Vector512.Create(a[128]);
                c80 = Vector512.FusedMultiplyAdd(x, u0, c80);
                x = Vector512.Create(a[144]);
                c90 = Vector512.FusedMultiplyAdd(x, u0, c90);
                x = Vector512.Create(a[160]);
                ca0 = Vector512.FusedMultiplyAdd(x, u0, ca0);
                x = Vector512.Create(a[176]);
                cb0 = Vector512.FusedMultiplyAdd(x, u0, cb0);
                x = Vector512.Create(a[192]);
                cc0 = Vector512.FusedMultiplyAdd(x, u0, cc0);
                x = Vector512.Create(a[208]);
                cd0 = Vector512.FusedMultiplyAdd(x, u0, cd0);
            }
        }
        c00.Store(m);
        c10.Store(m + rowStep);
        c20.Store(m + (2 * rowStep));
        c30.Store(m + (3 * rowStep));
        c40.Store(m + (4 * rowStep));
        c50.Store(m + (5 * rowStep));
        c60.Store(m + (6 * rowStep));
        c70.Store(m + (7 * rowStep));
        c80.Store(m + (8 * rowStep));
        c90.Store(m + (9 * rowStep));
        ca0.Store(m + (10 * rowStep));
        cb0.Store(m + (11 * rowStep));
        cc0.Store(m + (12 * rowStep));
        cd0.Store(m + (13 * rowStep));
    }
}
