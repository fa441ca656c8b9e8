using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static Fovea.Kernels.WinogradNumbers;

namespace Fovea.Kernels;

/// <summary>
/// The points 0, 1, -1, 2, -2 and infinity. B^T depends on the points alone; A and G both evaluate a polynomial at the points, G with the factors 1/4,
/// -1/6, -1/6, 1/24, 1/24 and 1 that make B^T whole.
/// </summary>
internal readonly unsafe struct WinogradSixPoints : IWinogradPoints
{
    private const float AtOne = -1f / 6, AtTwo = 1f / 24;

    public static int Count => 6;

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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Evaluate<T>(T* p, nint from, int count, bool factors, float* z, nint to)
        where T : unmanaged
    {
        Vector512<float> even1 = Load(p), odd1 = Load(p + from), even2 = even1, odd2 = odd1 + odd1, last = odd1;
        (factors ? even1 * 0.25f : even1).Store(z);
        if (count > 2)
        {
            last = Load(p + (2 * from));
            even1 += last;
            even2 = Vector512.FusedMultiplyAdd(Vector512.Create(4f), last, even2);
        }
        if (count > 3)
        {
            last = Load(p + (3 * from));
            odd1 += last;
            odd2 = Vector512.FusedMultiplyAdd(Vector512.Create(8f), last, odd2);
        }
        if (count > 4)
        {
            last = Load(p + (4 * from));
            even1 += last;
            even2 = Vector512.FusedMultiplyAdd(Vector512.Create(16f), last, even2);
        }
        (factors ? (even1 + odd1) * AtOne : even1 + odd1).Store(z + to);
        (factors ? (even1 - odd1) * AtOne : even1 - odd1).Store(z + (2 * to));
        (factors ? (even2 + odd2) * AtTwo : even2 + odd2).Store(z + (3 * to));
        (factors ? (even2 - odd2) * AtTwo : even2 - odd2).Store(z + (4 * to));
        last.Store(z + (5 * to));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Collect(float* m, nint from, int count, bool factors, float* y, nint to)
    {
        Vector512<float> m1 = Load(m + from), m2 = Load(m + (2 * from)), m3 = Load(m + (3 * from)), m4 = Load(m + (4 * from)), first = Load(m),
            last = Load(m + (5 * from));
        Vector512<float> even1 = m1 + m2, odd1 = m1 - m2, even2 = m3 + m4, odd2 = m3 - m4;
        if (factors)
            (first, even1, odd1, even2, odd2) = (first * 0.25f, even1 * AtOne, odd1 * AtOne, even2 * AtTwo, odd2 * AtTwo);
        ((first + even1) + even2).Store(y);
        Vector512.FusedMultiplyAdd(Vector512.Create(2f), odd2, count == 2 ? odd1 + last : odd1).Store(y + to);
        if (count > 2)
            Vector512.FusedMultiplyAdd(Vector512.Create(4f), even2, count == 3 ? even1 + last : even1).Store(y + (2 * to));
        if (count > 3)
            Vector512.FusedMultiplyAdd(Vector512.Create(8f), odd2, count == 4 ? odd1 + last : odd1).Store(y + (3 * to));
        if (count > 4)
            Vector512.FusedMultiplyAdd(Vector512.Create(16f), even2, even1 + last).Store(y + (4 * to));
    }
}
