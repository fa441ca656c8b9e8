using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Fovea.Kernels;

/// <summary>
/// The transforms of F(2, 5) in one dimension, 16 channels at a time. Two results of a filter of five taps are y = A^T [(G g) * (B^T d)] with six
/// products: the transposed form of Toom and Cook's product of polynomials at the points 0, 1, -1, 2, -2 and infinity (Winograd, "Arithmetic
/// complexity of computations", 1980; Lavin and Gray, arXiv:1509.09308). B^T depends on the points alone and is that of F(4, 3).
/// </summary>
/// <remarks>Vectors of 16 lie <c>from</c> floats apart in the source and <c>to</c> floats apart in the result.</remarks>
internal static unsafe class WinogradTransforms
{
    /// <summary>Side of a tile of the source, and of everything that is multiplied.</summary>
    public const int Side = 6;

    /// <summary>Numbers of a tile: products for every pair of channels.</summary>
    public const int Points = Side * Side;

    /// <summary>Side of a tile of the result.</summary>
    public const int Outputs = 2;

    /// <summary>Side of the kernel.</summary>
    public const int Taps = 5;

    /// <summary>Channels of a vector, and of a block of the layout.</summary>
    public const int Channels = 16;

    /// <summary>B^T d: six numbers of the source.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Source(float* d, nint from, float* v, nint to)
    {
        Vector512<float> d0 = Vector512.Load(d), d1 = Vector512.Load(d + from), d2 = Vector512.Load(d + (2 * from)),
            d3 = Vector512.Load(d + (3 * from)), d4 = Vector512.Load(d + (4 * from)), d5 = Vector512.Load(d + (5 * from));
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

    /// <summary>G g: five taps of a kernel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Kernel(float* g, nint from, float* u, nint to)
    {
        Vector512<float> g0 = Vector512.Load(g), g1 = Vector512.Load(g + from), g2 = Vector512.Load(g + (2 * from)),
            g3 = Vector512.Load(g + (3 * from)), g4 = Vector512.Load(g + (4 * from));
        Vector512<float> sixth = Vector512.Create(-1f / 6), part = Vector512.Create(1f / 24);
        (g0 * 0.25f).Store(u);
        Vector512<float> even = g0 + g2 + g4, odd = g1 + g3;
        (sixth * (even + odd)).Store(u + to);
        (sixth * (even - odd)).Store(u + (2 * to));
        even = Vector512.FusedMultiplyAdd(Vector512.Create(16f), g4, Vector512.FusedMultiplyAdd(Vector512.Create(4f), g2, g0));
        odd = Vector512.FusedMultiplyAdd(Vector512.Create(8f), g3, g1 + g1);
        (part * (even + odd)).Store(u + (3 * to));
        (part * (even - odd)).Store(u + (4 * to));
        g4.Store(u + (5 * to));
    }

    /// <summary>A^T m: two results.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Result(float* m, nint from, float* y, nint to)
    {
        Vector512<float> m1 = Vector512.Load(m + from), m2 = Vector512.Load(m + (2 * from)), m3 = Vector512.Load(m + (3 * from)),
            m4 = Vector512.Load(m + (4 * from));
        (Vector512.Load(m) + (m1 + m2) + (m3 + m4)).Store(y);
        Vector512<float> near = (m1 - m2) + Vector512.Load(m + (5 * from));
        Vector512.FusedMultiplyAdd(Vector512.Create(2f), m3 - m4, near).Store(y + to);
    }

    /// <summary>A y: the transpose of <see cref="Result"/>, for the gradient of the result.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ResultGradient(float* y, nint from, float* z, nint to)
    {
        Vector512<float> y0 = Vector512.Load(y), y1 = Vector512.Load(y + from), two = Vector512.Create(2f);
        y0.Store(z);
        (y0 + y1).Store(z + to);
        (y0 - y1).Store(z + (2 * to));
        Vector512.FusedMultiplyAdd(two, y1, y0).Store(z + (3 * to));
        Vector512.FusedMultiplyAdd(-two, y1, y0).Store(z + (4 * to));
        y1.Store(z + (5 * to));
    }

    /// <summary>G^T s: the transpose of <see cref="Kernel"/>, for the gradient of the kernel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void KernelGradient(float* s, nint from, float* g, nint to)
    {
        Vector512<float> s1 = Vector512.Load(s + from), s2 = Vector512.Load(s + (2 * from)), s3 = Vector512.Load(s + (3 * from)),
            s4 = Vector512.Load(s + (4 * from));
        Vector512<float> nearEven = (s1 + s2) * (-1f / 6), nearOdd = (s1 - s2) * (-1f / 6), farEven = (s3 + s4) * (1f / 24),
            farOdd = (s3 - s4) * (1f / 24);
        (Vector512.FusedMultiplyAdd(Vector512.Create(0.25f), Vector512.Load(s), nearEven) + farEven).Store(g);
        Vector512.FusedMultiplyAdd(Vector512.Create(2f), farOdd, nearOdd).Store(g + to);
        Vector512.FusedMultiplyAdd(Vector512.Create(4f), farEven, nearEven).Store(g + (2 * to));
        Vector512.FusedMultiplyAdd(Vector512.Create(8f), farOdd, nearOdd).Store(g + (3 * to));
        (Vector512.FusedMultiplyAdd(Vector512.Create(16f), farEven, nearEven) + Vector512.Load(s + (5 * from))).Store(g + (4 * to));
    }
}
