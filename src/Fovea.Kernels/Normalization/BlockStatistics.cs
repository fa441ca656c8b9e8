using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Fovea.Kernels;

/// <summary>
/// Mean and variance of a block's channels in one pass over memory. A span of images is summed up around a guess of its mean, so that the square of a large mean does
/// not swallow the variance; spans are put together in double (Chan, Golub and LeVeque, 1979).
/// </summary>
internal readonly unsafe struct BlockStatistics<T>(BlockShape s, T* src)
    where T : unmanaged, IPairElement<T>
{
    // Pixels of a span at least, those that its guess looks at, and pairs of pixels after which float sums are added to double ones.
    private const int Span = 2048, Look = 32, Chunk = 64;

    /// <summary>Measures one block of channels.</summary>
    /// <param name="group">The block.</param>
    /// <param name="mean">16 of them.</param>
    /// <param name="variance">16 of them, biased.</param>
    public void Measure(int group, float* mean, float* variance)
    {
        double* center = stackalloc double[Element.Lanes], square = stackalloc double[Element.Lanes];
        float* guess = stackalloc float[Element.Lanes];
        int images = Math.Max(1, Span / s.HW);
        double before = 0;
        for (int i = 0; i < Element.Lanes; i++)
            (center[i], square[i]) = (0, 0);
        for (int first = 0; first < s.N; first += images)
        {
            int last = Math.Min(s.N, first + images);
            Guess(src + s.Plane(group, first)).Store(guess);
            (Vector512<float> guessA, Vector512<float> guessB) = T.Spread(Vector512.Load(guess));
            LaneSums sumA = default, sumB = default, squareA = default, squareB = default;
            for (int image = first; image < last; image++)
                Add(src + s.Plane(group, image), guessA, guessB, ref sumA, ref sumB, ref squareA, ref squareB);
            double here = (double)(last - first) * s.HW, all = before + here;
            for (int i = 0; i < Element.Lanes; i++)
            {
                double sum = T.Sum(sumA, sumB, i), apart = guess[i] + (sum / here) - center[i];
                square[i] += Math.Max(0, T.Sum(squareA, squareB, i) - (sum * sum / here)) + (apart * apart * before * here / all);
                center[i] += apart * here / all;
            }
            before = all;
        }
        for (int i = 0; i < Element.Lanes; i++)
            (mean[i], variance[i]) = ((float)center[i], (float)(square[i] / before));
    }

    private Vector512<float> Guess(T* x)
    {
        int pixels = Math.Min(Look, s.HW);
        Vector512<float> sum = default;
        for (int at = 0; at < pixels; at++)
            sum += T.Load(x + (at * Element.Lanes));
        return sum / pixels;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Add(T* x, Vector512<float> guessA, Vector512<float> guessB, ref LaneSums sumA, ref LaneSums sumB, ref LaneSums squareA, ref LaneSums squareB)
    {
        int pairs = s.HW / 2;
        for (int start = 0; start < pairs; start += Chunk)
        {
            Vector512<float> sa = default, sb = default, qa = default, qb = default;
            for (int at = Math.Min(Chunk, pairs - start); at > 0; at--, x += 2 * Element.Lanes)
            {
                (Vector512<float> a, Vector512<float> b) = T.LoadPair(x);
                a -= guessA;
                b -= guessB;
                sa += a;
                sb += b;
                qa = Vector512.MultiplyAddEstimate(a, a, qa);
                qb = Vector512.MultiplyAddEstimate(b, b, qb);
            }
            sumA.Add(sa);
            sumB.Add(sb);
            squareA.Add(qa);
            squareB.Add(qb);
        }
        if (s.HW % 2 != 0)
        {
            (Vector512<float> a, Vector512<float> b) = T.LoadHalf(x);
            (Vector512<float> inA, Vector512<float> inB) = T.Half;
            a = (a - guessA) & inA;
            b = (b - guessB) & inB;
            sumA.Add(a);
            sumB.Add(b);
            squareA.Add(a * a);
            squareB.Add(b * b);
        }
    }
}
