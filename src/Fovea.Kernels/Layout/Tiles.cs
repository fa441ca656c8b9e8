using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Fovea.Kernels;

/// <summary>Transposition in registers, 16 x 16 at a time.</summary>
internal static unsafe class Tiles
{
    /// <summary>dst[c * ldd + r] = src[r * lds + c] for r below rows and c below columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Transpose(float* src, nint lds, float* dst, nint ldd, nint rows, nint columns)
    {
        nint r = 0;
        if (Avx512F.IsSupported)
        {
            for (; r <= rows - 16; r += 16)
            {
                nint c = 0;
                for (; c <= columns - 16; c += 16)
                    Transpose16(src + (r * lds) + c, lds, dst + (c * ldd) + r, ldd);
                Rest(src + (r * lds) + c, lds, dst + (c * ldd) + r, ldd, 16, columns - c);
            }
        }
        Rest(src + (r * lds), lds, dst + r, ldd, rows - r, columns);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rest(float* src, nint lds, float* dst, nint ldd, nint rows, nint columns)
    {
        // Four columns at a time, so that each row's cache line is used more than once when rows are far apart.
        nint c = 0;
        for (; c <= columns - 4; c += 4)
        {
            float* x = src + c, y0 = dst + (c * ldd), y1 = y0 + ldd, y2 = y1 + ldd, y3 = y2 + ldd;
            for (nint r = 0; r < rows; r++, x += lds)
            {
                y0[r] = x[0];
                y1[r] = x[1];
                y2[r] = x[2];
                y3[r] = x[3];
            }
        }
        for (; c < columns; c++)
        {
            for (nint r = 0; r < rows; r++)
                dst[(c * ldd) + r] = src[(r * lds) + c];
        }
    }

    /// <summary>A 16 x 16 block; wants AVX-512.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Transpose16(float* src, nint lds, float* dst, nint ldd)
    {
        // Pairs of rows, then pairs of pairs, then 128-bit lanes twice.
        for (nint half = 0; half < 2; half++)
        {
            // Eight columns at a time keep everything in registers: 8 x 16 from 16 half rows.
            float* x = src + (half * 8), y = dst + (half * 8 * ldd);
            Vector512<float> r0 = Pair(x, lds, 0), r1 = Pair(x, lds, 1), r2 = Pair(x, lds, 2), r3 = Pair(x, lds, 3);
            Vector512<float> r4 = Pair(x, lds, 4), r5 = Pair(x, lds, 5), r6 = Pair(x, lds, 6), r7 = Pair(x, lds, 7);
            Quad(r0, r1, r2, r3, out Vector512<float> a0, out Vector512<float> a1, out Vector512<float> a2, out Vector512<float> a3);
            Quad(r4, r5, r6, r7, out Vector512<float> b0, out Vector512<float> b1, out Vector512<float> b2, out Vector512<float> b3);
            Store(a0, b0, y, y + (4 * ldd));
            Store(a1, b1, y + ldd, y + (5 * ldd));
            Store(a2, b2, y + (2 * ldd), y + (6 * ldd));
            Store(a3, b3, y + (3 * ldd), y + (7 * ldd));
        }
    }

    // Rows r and r + 8 side by side: eight columns of each.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Pair(float* x, nint lds, nint row) =>
        Vector512.Create(Vector256.Load(x + (row * lds)), Vector256.Load(x + ((row + 8) * lds)));

    // Within each 128-bit lane (a lane holds four columns of one row), the 4 x 4 transposition of four rows.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Quad(
        Vector512<float> r0, Vector512<float> r1, Vector512<float> r2, Vector512<float> r3,
        out Vector512<float> c0, out Vector512<float> c1, out Vector512<float> c2, out Vector512<float> c3)
    {
        Vector512<double> low01 = Avx512F.UnpackLow(r0, r1).AsDouble(), high01 = Avx512F.UnpackHigh(r0, r1).AsDouble();
        Vector512<double> low23 = Avx512F.UnpackLow(r2, r3).AsDouble(), high23 = Avx512F.UnpackHigh(r2, r3).AsDouble();
        c0 = Avx512F.UnpackLow(low01, low23).AsSingle();
        c1 = Avx512F.UnpackHigh(low01, low23).AsSingle();
        c2 = Avx512F.UnpackLow(high01, high23).AsSingle();
        c3 = Avx512F.UnpackHigh(high01, high23).AsSingle();
    }

    // a: lanes (column c of rows 0-3, column c+4 of rows 0-3, column c of rows 8-11, column c+4 of rows 8-11); b: the same of rows 4-7 and 12-15.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector512<float> a, Vector512<float> b, float* column, float* columnPlus4)
    {
        Vector512<double> x = a.AsDouble(), y = b.AsDouble();
        Avx512F.PermuteVar8x64x2(x, Vector512.Create(0L, 1, 8, 9, 4, 5, 12, 13), y).AsSingle().Store(column);
        Avx512F.PermuteVar8x64x2(x, Vector512.Create(2L, 3, 10, 11, 6, 7, 14, 15), y).AsSingle().Store(columnPlus4);
    }
}
