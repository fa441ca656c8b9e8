using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <summary>Images in blocks of 16 channels.</summary>
internal readonly struct BlockShape(int n, int hw, int groups)
{
    public readonly int N = n, HW = hw, Groups = groups;

    /// <summary>Where a block of channels begins in an image.</summary>
    public nint Plane(int group, int image) => ((nint)image * Groups + group) * HW * Element.Lanes;
}

/// <summary>A normalisation's numbers for one block of channels, in the lanes of a pair of vectors.</summary>
internal readonly unsafe struct BlockNorm<T>
    where T : unmanaged, IPairElement<T>
{
    public readonly Vector512<float> CenterA, CenterB, FactorA, FactorB, ShiftA, ShiftB;

    public BlockNorm(in NormParameters norm, int group)
    {
        int at = group * Element.Lanes;
        Vector512<float> factor = Vector512.Load(norm.Scale + at) / Vector512.Sqrt(Vector512.Load(norm.Variance + at) + Vector512.Create(norm.Epsilon));
        (CenterA, CenterB) = T.Spread(Vector512.Load(norm.Mean + at));
        (FactorA, FactorB) = T.Spread(factor);
        (ShiftA, ShiftB) = T.Spread(Vector512.Load(norm.Shift + at));
    }
}

/// <summary>Statistics where they are wanted, and the normalised block, cut off below the floor.</summary>
internal readonly unsafe struct BlockForwardLoop<T>(BlockShape s, NormParameters parameters, bool measure, T* src, T* dst) : IParallelBody
    where T : unmanaged, IPairElement<T>
{
    public void Invoke(int item, int worker)
    {
        if (measure)
            new BlockStatistics<T>(s, src).Measure(item, parameters.Mean + (item * Element.Lanes), parameters.Variance + (item * Element.Lanes));
        BlockNorm<T> norm = new(parameters, item);
        for (int image = 0; image < s.N; image++)
            Apply(norm, src + s.Plane(item, image), dst + s.Plane(item, image));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Apply(in BlockNorm<T> norm, T* x, T* y)
    {
        Vector512<float> centerA = norm.CenterA, centerB = norm.CenterB, factorA = norm.FactorA, factorB = norm.FactorB, shiftA = norm.ShiftA, shiftB = norm.ShiftB;
        Vector512<float> floor = Vector512.Create(parameters.Floor);
        T* end = x + ((nint)s.HW * Element.Lanes);
        for (; end - x >= 2 * Element.Lanes; x += 2 * Element.Lanes, y += 2 * Element.Lanes)
        {
            (Vector512<float> a, Vector512<float> b) = T.LoadPair(x);
            T.StorePair(Result(a, centerA, factorA, shiftA, floor), Result(b, centerB, factorB, shiftB, floor), y);
        }
        if (x < end)
        {
            (Vector512<float> a, Vector512<float> b) = T.LoadHalf(x);
            T.StoreHalf(Result(a, centerA, factorA, shiftA, floor), Result(b, centerB, factorB, shiftB, floor), y);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Result(Vector512<float> x, Vector512<float> center, Vector512<float> factor, Vector512<float> shift, Vector512<float> floor)
    {
        Vector512<float> y = Vector512.MultiplyAddEstimate(x - center, factor, shift);
        // Unlike a maximum, this leaves NaN as it is in two instructions.
        return Vector512.ConditionalSelect(Vector512.LessThanOrEqual(y, floor), floor, y);
    }
}

/// <summary>The gradient through one block of channels: the sums over the batch, then the values that they are part of.</summary>
internal readonly unsafe struct BlockBackwardLoop<T>(BlockShape s, NormParameters parameters, T* src, T* diffDst, T* diffSrc, float* diffScale, float* diffShift) : IParallelBody
    where T : unmanaged, IPairElement<T>
{
    // Pairs of pixels after which float sums are added to double ones.
    private const int Chunk = 64;

    public void Invoke(int item, int worker)
    {
        BlockNorm<T> norm = new(parameters, item);
        LaneSums totalA = default, totalB = default, productA = default, productB = default;
        for (int image = 0; image < s.N; image++)
            Add(norm, src + s.Plane(item, image), diffDst + s.Plane(item, image), ref totalA, ref totalB, ref productA, ref productB);
        double count = (double)s.N * s.HW;
        float* down = stackalloc float[Element.Lanes], tilt = stackalloc float[Element.Lanes];
        for (int i = 0, c = item * Element.Lanes; i < Element.Lanes; i++, c++)
        {
            double inverse = 1 / Math.Sqrt((double)parameters.Variance[c] + parameters.Epsilon), total = T.Sum(totalA, totalB, i), product = T.Sum(productA, productB, i);
            (diffShift[c], diffScale[c]) = ((float)total, (float)(product * inverse));
            double factor = parameters.Scale[c] * inverse;
            (down[i], tilt[i]) = ((float)(-factor * total / count), (float)(-factor * product * inverse * inverse / count));
        }
        for (int image = 0; image < s.N; image++)
            Write(norm, Vector512.Load(down), Vector512.Load(tilt), s.Plane(item, image));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Add(in BlockNorm<T> norm, T* x, T* dy, ref LaneSums totalA, ref LaneSums totalB, ref LaneSums productA, ref LaneSums productB)
    {
        Vector512<float> centerA = norm.CenterA, centerB = norm.CenterB, factorA = norm.FactorA, factorB = norm.FactorB, shiftA = norm.ShiftA, shiftB = norm.ShiftB;
        Vector512<float> floor = Vector512.Create(parameters.Floor);
        int pairs = s.HW / 2;
        for (int start = 0; start < pairs; start += Chunk)
        {
            Vector512<float> ta = default, tb = default, pa = default, pb = default;
            for (int at = Math.Min(Chunk, pairs - start); at > 0; at--, x += 2 * Element.Lanes, dy += 2 * Element.Lanes)
            {
                (Vector512<float> a, Vector512<float> b) = T.LoadPair(x);
                (Vector512<float> ga, Vector512<float> gb) = T.LoadPair(dy);
                a -= centerA;
                b -= centerB;
                ga = Masked(ga, a, factorA, shiftA, floor);
                gb = Masked(gb, b, factorB, shiftB, floor);
                ta += ga;
                tb += gb;
                pa = Vector512.MultiplyAddEstimate(ga, a, pa);
                pb = Vector512.MultiplyAddEstimate(gb, b, pb);
            }
            totalA.Add(ta);
            totalB.Add(tb);
            productA.Add(pa);
            productB.Add(pb);
        }
        if (s.HW % 2 != 0)
        {
            (Vector512<float> a, Vector512<float> b) = T.LoadHalf(x);
            (Vector512<float> ga, Vector512<float> gb) = T.LoadHalf(dy);
            (Vector512<float> inA, Vector512<float> inB) = T.Half;
            a -= centerA;
            b -= centerB;
            ga = Masked(ga, a, factorA, shiftA, floor);
            gb = Masked(gb, b, factorB, shiftB, floor);
            totalA.Add(ga & inA);
            totalB.Add(gb & inB);
            productA.Add((ga * a) & inA);
            productB.Add((gb * b) & inB);
        }
    }

    /// <summary>dx = f dy + down + tilt (x - mean), where down and tilt are what the sums take from every value of a channel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Write(in BlockNorm<T> norm, Vector512<float> down, Vector512<float> tilt, nint plane)
    {
        Vector512<float> centerA = norm.CenterA, centerB = norm.CenterB, factorA = norm.FactorA, factorB = norm.FactorB, shiftA = norm.ShiftA, shiftB = norm.ShiftB;
        Vector512<float> floor = Vector512.Create(parameters.Floor);
        (Vector512<float> downA, Vector512<float> downB) = T.Spread(down);
        (Vector512<float> tiltA, Vector512<float> tiltB) = T.Spread(tilt);
        T* x = src + plane, dy = diffDst + plane, dx = diffSrc + plane;
        for (int at = s.HW / 2; at > 0; at--, x += 2 * Element.Lanes, dy += 2 * Element.Lanes, dx += 2 * Element.Lanes)
        {
            (Vector512<float> a, Vector512<float> b) = T.LoadPair(x);
            (Vector512<float> ga, Vector512<float> gb) = T.LoadPair(dy);
            a -= centerA;
            b -= centerB;
            ga = Masked(ga, a, factorA, shiftA, floor);
            gb = Masked(gb, b, factorB, shiftB, floor);
            T.StorePair(
                Vector512.MultiplyAddEstimate(ga, factorA, Vector512.MultiplyAddEstimate(a, tiltA, downA)),
                Vector512.MultiplyAddEstimate(gb, factorB, Vector512.MultiplyAddEstimate(b, tiltB, downB)), dx);
        }
        if (s.HW % 2 != 0)
        {
            (Vector512<float> a, Vector512<float> b) = T.LoadHalf(x);
            (Vector512<float> ga, Vector512<float> gb) = T.LoadHalf(dy);
            a -= centerA;
            b -= centerB;
            ga = Masked(ga, a, factorA, shiftA, floor);
            gb = Masked(gb, b, factorB, shiftB, floor);
            T.StoreHalf(
                Vector512.MultiplyAddEstimate(ga, factorA, Vector512.MultiplyAddEstimate(a, tiltA, downA)),
                Vector512.MultiplyAddEstimate(gb, factorB, Vector512.MultiplyAddEstimate(b, tiltB, downB)), dx);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Masked(Vector512<float> dy, Vector512<float> d, Vector512<float> factor, Vector512<float> shift, Vector512<float> floor) =>
        Vector512.ConditionalSelect(Vector512.LessThanOrEqual(Vector512.MultiplyAddEstimate(d, factor, shift), floor), Vector512<float>.Zero, dy);
}
