using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static Fovea.Kernels.WinogradNumbers;

namespace Fovea.Kernels;

/// <summary>
/// The points 0, 1, -1, 2, -2 and infinity. B^T depends on the points alone; A and G both evaluate a polynomial at the points, G with the factors 1/4,
/// -1/6, -1/6, 1/24, 1/24 and 1 that make B^T whole.
/// </summary>
internal static unsafe class WinogradSixPoints
{
    /// <summary>B^T d: six numbers of the source.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Source<T>(T* d, nint from, float* v, nint to)
        where T : unmanaged
    {
        Vector512<float> d0 = Load(d), d1 = Load(d + from), d2 = Load(d + (2 * from)), d3 = Load(d + (3 * from)), d4 = Load(d + (4 * from)),
            d5 = Load(d + (5 * from));
        Vector512<float> two = Vector512.Create(2f), four = Vector512.Create(4f), five = Vector512.Create(-5f), minus = Vector512.Create(-4f);
        Vector512.FusedMultiplyAdd(four, d0, Vector512.FusedMultiplyAdd(five, d2, d4)).Store(v);
        Vector512<float> even = Vector512.FusedMultiplyAdd(minus, d2, d4), odd = Vector512.FusedMultiplyAdd(minus, d1, d3);
        (even + odd).Store(v + to);
        (even - odd).Store(v + (2 * to));
        even = d4 - d2;
        odd = d3 - d1;
        Vector512.FusedMultiplyAdd(two, odd, even).Store(v + (3 * to));
        Vector512.FusedMultiplyAdd(-two, odd, even).Store(v + (4 * to));
        Vector512.FusedMultiplyAdd(four, d1, Vector512.FusedMultiplyAdd(five, d3, d5)).Store(v + (5 * to));
    }

    /// <summary>The first five of G g, of the polynomial's even and odd halves at 1 and at 2; the sixth is its last number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Kernel(
        Vector512<float> first, Vector512<float> even1, Vector512<float> odd1, Vector512<float> even2, Vector512<float> odd2, float* u, nint to)
    {
        Vector512<float> sixth = Vector512.Create(-1f / 6), part = Vector512.Create(1f / 24);
        (first * 0.25f).Store(u);
        (sixth * (even1 + odd1)).Store(u + to);
        (sixth * (even1 - odd1)).Store(u + (2 * to));
        (part * (even2 + odd2)).Store(u + (3 * to));
        (part * (even2 - odd2)).Store(u + (4 * to));
    }
}

/// <summary>F(2 x 2, 5 x 5): 36 products for 100.</summary>
internal readonly unsafe struct WinogradF2x5 : IWinogradForm
{
    public static int Outputs => 2;

    public static int Taps => 5;

    public static int Side => 6;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Source<T>(T* d, nint from, float* v, nint to)
        where T : unmanaged => WinogradSixPoints.Source(d, from, v, to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Kernel(float* g, nint from, float* u, nint to)
    {
        Vector512<float> g0 = Load(g), g1 = Load(g + from), g2 = Load(g + (2 * from)), g3 = Load(g + (3 * from)), g4 = Load(g + (4 * from));
        Vector512<float> even = Vector512.FusedMultiplyAdd(Vector512.Create(16f), g4, Vector512.FusedMultiplyAdd(Vector512.Create(4f), g2, g0));
        Vector512<float> odd = Vector512.FusedMultiplyAdd(Vector512.Create(8f), g3, g1 + g1);
        WinogradSixPoints.Kernel(g0, g0 + g2 + g4, g1 + g3, even, odd, u, to);
        g4.Store(u + (5 * to));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Result(float* m, nint from, float* y, nint to)
    {
        Vector512<float> m1 = Load(m + from), m2 = Load(m + (2 * from)), m3 = Load(m + (3 * from)), m4 = Load(m + (4 * from));
        (Load(m) + (m1 + m2) + (m3 + m4)).Store(y);
        Vector512.FusedMultiplyAdd(Vector512.Create(2f), m3 - m4, (m1 - m2) + Load(m + (5 * from))).Store(y + to);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ResultGradient<T>(T* y, nint from, float* z, nint to)
        where T : unmanaged
    {
        Vector512<float> y0 = Load(y), y1 = Load(y + from), two = Vector512.Create(2f);
        y0.Store(z);
        (y0 + y1).Store(z + to);
        (y0 - y1).Store(z + (2 * to));
        Vector512.FusedMultiplyAdd(two, y1, y0).Store(z + (3 * to));
        Vector512.FusedMultiplyAdd(-two, y1, y0).Store(z + (4 * to));
        y1.Store(z + (5 * to));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void KernelGradient(float* s, nint from, float* g, nint to)
    {
        Vector512<float> s1 = Load(s + from), s2 = Load(s + (2 * from)), s3 = Load(s + (3 * from)), s4 = Load(s + (4 * from));
        Vector512<float> nearEven = (s1 + s2) * (-1f / 6), nearOdd = (s1 - s2) * (-1f / 6), farEven = (s3 + s4) * (1f / 24),
            farOdd = (s3 - s4) * (1f / 24);
        (Vector512.FusedMultiplyAdd(Vector512.Create(0.25f), Load(s), nearEven) + farEven).Store(g);
        Vector512.FusedMultiplyAdd(Vector512.Create(2f), farOdd, nearOdd).Store(g + to);
        Vector512.FusedMultiplyAdd(Vector512.Create(4f), farEven, nearEven).Store(g + (2 * to));
        Vector512.FusedMultiplyAdd(Vector512.Create(8f), farOdd, nearOdd).Store(g + (3 * to));
        (Vector512.FusedMultiplyAdd(Vector512.Create(16f), farEven, nearEven) + Load(s + (5 * from))).Store(g + (4 * to));
    }
}

/// <summary>F(4 x 4, 3 x 3): 36 products for 144.</summary>
internal readonly unsafe struct WinogradF4x3 : IWinogradForm
{
    public static int Outputs => 4;

    public static int Taps => 3;

    public static int Side => 6;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Source<T>(T* d, nint from, float* v, nint to)
        where T : unmanaged => WinogradSixPoints.Source(d, from, v, to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Kernel(float* g, nint from, float* u, nint to)
    {
        Vector512<float> g0 = Load(g), g1 = Load(g + from), g2 = Load(g + (2 * from));
        WinogradSixPoints.Kernel(g0, g0 + g2, g1, Vector512.FusedMultiplyAdd(Vector512.Create(4f), g2, g0), g1 + g1, u, to);
        g2.Store(u + (5 * to));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Result(float* m, nint from, float* y, nint to)
    {
        Vector512<float> m1 = Load(m + from), m2 = Load(m + (2 * from)), m3 = Load(m + (3 * from)), m4 = Load(m + (4 * from));
        Vector512<float> nearEven = m1 + m2, nearOdd = m1 - m2, farEven = m3 + m4, farOdd = m3 - m4;
        (Load(m) + nearEven + farEven).Store(y);
        Vector512.FusedMultiplyAdd(Vector512.Create(2f), farOdd, nearOdd).Store(y + to);
        Vector512.FusedMultiplyAdd(Vector512.Create(4f), farEven, nearEven).Store(y + (2 * to));
        (Vector512.FusedMultiplyAdd(Vector512.Create(8f), farOdd, nearOdd) + Load(m + (5 * from))).Store(y + (3 * to));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ResultGradient<T>(T* y, nint from, float* z, nint to)
        where T : unmanaged
    {
        Vector512<float> y0 = Load(y), y1 = Load(y + from), y2 = Load(y + (2 * from)), y3 = Load(y + (3 * from));
        Vector512<float> even = y0 + y2, odd = y1 + y3;
        y0.Store(z);
        (even + odd).Store(z + to);
        (even - odd).Store(z + (2 * to));
        even = Vector512.FusedMultiplyAdd(Vector512.Create(4f), y2, y0);
        odd = Vector512.FusedMultiplyAdd(Vector512.Create(8f), y3, y1 + y1);
        (even + odd).Store(z + (3 * to));
        (even - odd).Store(z + (4 * to));
        y3.Store(z + (5 * to));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void KernelGradient(float* s, nint from, float* g, nint to)
    {
        Vector512<float> s1 = Load(s + from), s2 = Load(s + (2 * from)), s3 = Load(s + (3 * from)), s4 = Load(s + (4 * from));
        Vector512<float> nearEven = (s1 + s2) * (-1f / 6), nearOdd = (s1 - s2) * (-1f / 6), farEven = (s3 + s4) * (1f / 24),
            farOdd = (s3 - s4) * (1f / 24);
        (Vector512.FusedMultiplyAdd(Vector512.Create(0.25f), Load(s), nearEven) + farEven).Store(g);
        Vector512.FusedMultiplyAdd(Vector512.Create(2f), farOdd, nearOdd).Store(g + to);
        (Vector512.FusedMultiplyAdd(Vector512.Create(4f), farEven, nearEven) + Load(s + (5 * from))).Store(g + (2 * to));
    }
}
