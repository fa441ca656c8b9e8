using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static Fovea.Kernels.WinogradNumbers;

namespace Fovea.Kernels;

/// <summary>
/// The points 0, 1, -1, 2, -2, 1/2, -1/2 and infinity. B^T depends on the points alone; A and G both evaluate a polynomial at the points, G with the
/// factors 1, -2/9, -2/9, 1/90, 1/90, 32/45, 32/45 and 1.
/// </summary>
internal readonly unsafe struct WinogradEightPoints : IWinogradPoints
{
    private const float AtOne = -2f / 9, AtTwo = 1f / 90, AtHalf = 32f / 45;

    public static int Count => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Source<T>(T* d, nint from, float* v, nint to)
        where T : unmanaged
    {
        Vector512<float> d1 = Load(d + from), d2 = Load(d + (2 * from)), d3 = Load(d + (3 * from)), d4 = Load(d + (4 * from)), d5 = Load(d + (5 * from)),
            d6 = Load(d + (6 * from));
        Vector512<float> outer = Vector512.Create(5.25f), one = Vector512.Create(-4.25f);
        Vector512.FusedMultiplyAdd(outer, d4 - d2, Load(d) - d6).Store(v);
        Vector512.FusedMultiplyAdd(outer, d3 - d5, Load(d + (7 * from)) - d1).Store(v + (7 * to));
        Vector512<float> even = Vector512.FusedMultiplyAdd(one, d4, d2 + d6), odd = Vector512.FusedMultiplyAdd(one, d3, d1 + d5);
        (even + odd).Store(v + to);
        (even - odd).Store(v + (2 * to));
        Vector512<float> middle = Vector512.Create(-2.5f) * d3, half = Vector512.Create(0.5f), two = Vector512.Create(2f);
        even = Vector512.FusedMultiplyAdd(Vector512.Create(0.25f), d2, Vector512.FusedMultiplyAdd(Vector512.Create(-1.25f), d4, d6));
        odd = Vector512.FusedMultiplyAdd(half, d1, Vector512.FusedMultiplyAdd(two, d5, middle));
        (even + odd).Store(v + (3 * to));
        (even - odd).Store(v + (4 * to));
        even = Vector512.FusedMultiplyAdd(Vector512.Create(4f), d2, Vector512.FusedMultiplyAdd(Vector512.Create(-5f), d4, d6));
        odd = Vector512.FusedMultiplyAdd(two, d1, Vector512.FusedMultiplyAdd(half, d5, middle));
        (even + odd).Store(v + (5 * to));
        (even - odd).Store(v + (6 * to));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Evaluate<T>(T* p, nint from, int count, bool factors, float* z, nint to)
        where T : unmanaged
    {
        Vector512<float> first = Load(p), x1 = Load(p + from), x2 = Load(p + (2 * from)), last = x2;
        Vector512<float> even1 = first + x2, odd1 = x1, even2 = Vector512.FusedMultiplyAdd(Vector512.Create(4f), x2, first), odd2 = x1 + x1,
            evenHalf = Vector512.FusedMultiplyAdd(Vector512.Create(0.25f), x2, first), oddHalf = x1 * 0.5f;
        if (count > 3)
        {
            last = Load(p + (3 * from));
            odd1 += last;
            odd2 = Vector512.FusedMultiplyAdd(Vector512.Create(8f), last, odd2);
            oddHalf = Vector512.FusedMultiplyAdd(Vector512.Create(0.125f), last, oddHalf);
        }
        if (count > 4)
        {
            last = Load(p + (4 * from));
            even1 += last;
            even2 = Vector512.FusedMultiplyAdd(Vector512.Create(16f), last, even2);
            evenHalf = Vector512.FusedMultiplyAdd(Vector512.Create(0.0625f), last, evenHalf);
        }
        if (count > 5)
        {
            last = Load(p + (5 * from));
            odd1 += last;
            odd2 = Vector512.FusedMultiplyAdd(Vector512.Create(32f), last, odd2);
            oddHalf = Vector512.FusedMultiplyAdd(Vector512.Create(0.03125f), last, oddHalf);
        }
        first.Store(z);
        (factors ? (even1 + odd1) * AtOne : even1 + odd1).Store(z + to);
        (factors ? (even1 - odd1) * AtOne : even1 - odd1).Store(z + (2 * to));
        (factors ? (even2 + odd2) * AtTwo : even2 + odd2).Store(z + (3 * to));
        (factors ? (even2 - odd2) * AtTwo : even2 - odd2).Store(z + (4 * to));
        (factors ? (evenHalf + oddHalf) * AtHalf : evenHalf + oddHalf).Store(z + (5 * to));
        (factors ? (evenHalf - oddHalf) * AtHalf : evenHalf - oddHalf).Store(z + (6 * to));
        last.Store(z + (7 * to));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Collect(float* m, nint from, int count, bool factors, float* y, nint to)
    {
        Vector512<float> m1 = Load(m + from), m2 = Load(m + (2 * from)), m3 = Load(m + (3 * from)), m4 = Load(m + (4 * from)), m5 = Load(m + (5 * from)),
            m6 = Load(m + (6 * from)), last = Load(m + (7 * from));
        Vector512<float> even1 = m1 + m2, odd1 = m1 - m2, even2 = m3 + m4, odd2 = m3 - m4, evenHalf = m5 + m6, oddHalf = m5 - m6;
        if (factors)
        {
            (even1, odd1) = (even1 * AtOne, odd1 * AtOne);
            (even2, odd2, evenHalf, oddHalf) = (even2 * AtTwo, odd2 * AtTwo, evenHalf * AtHalf, oddHalf * AtHalf);
        }
        ((Load(m) + even1) + (even2 + evenHalf)).Store(y);
        Sum(odd1, 2f, odd2, 0.5f, oddHalf).Store(y + to);
        Sum(count == 3 ? even1 + last : even1, 4f, even2, 0.25f, evenHalf).Store(y + (2 * to));
        if (count > 3)
            Sum(count == 4 ? odd1 + last : odd1, 8f, odd2, 0.125f, oddHalf).Store(y + (3 * to));
        if (count > 4)
            Sum(count == 5 ? even1 + last : even1, 16f, even2, 0.0625f, evenHalf).Store(y + (4 * to));
        if (count > 5)
            Sum(odd1 + last, 32f, odd2, 0.03125f, oddHalf).Store(y + (5 * to));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Sum(Vector512<float> one, float two, Vector512<float> atTwo, float half, Vector512<float> atHalf) =>
        Vector512.FusedMultiplyAdd(Vector512.Create(two), atTwo, Vector512.FusedMultiplyAdd(Vector512.Create(half), atHalf, one));
}
