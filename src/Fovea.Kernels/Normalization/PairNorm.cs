using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Fovea.Kernels;

/// <summary>
/// A normalisation's numbers for one block of channels in the lanes of a pair of vectors, and its passes over whole vectors of a plane that lies in one piece.
/// Forward and backward pass use the same expression, so that they agree on signs.
/// </summary>
internal readonly unsafe struct PairNorm<T>
    where T : unmanaged, IPairElement<T>
{
    private const int Pair = 2 * Element.Lanes;

    // Pairs after which float sums are added to double ones.
    private const int Chunk = JointWalk.Chunk / 2;

    private readonly Vector512<float> _centerA, _centerB, _factorA, _factorB, _shiftA, _shiftB, _floor;

    public PairNorm(in GroupNorm norm, float floor)
    {
        (_centerA, _centerB) = T.Spread(norm.Center);
        (_factorA, _factorB) = T.Spread(norm.Factor);
        (_shiftA, _shiftB) = T.Spread(norm.Shift);
        _floor = Vector512.Create(floor);
    }

    /// <summary>y = the normalised x, cut off below the floor.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward(T* x, T* y, int vectors)
    {
        Vector512<float> centerA = _centerA, centerB = _centerB, factorA = _factorA, factorB = _factorB, shiftA = _shiftA, shiftB = _shiftB, floor = _floor;
        for (int at = vectors / 2; at > 0; at--, x += Pair, y += Pair)
        {
            (Vector512<float> a, Vector512<float> b) = T.LoadPair(x);
            T.StorePair(Result(a - centerA, factorA, shiftA, floor), Result(b - centerB, factorB, shiftB, floor), y);
        }
        if (vectors % 2 != 0)
        {
            (Vector512<float> a, Vector512<float> b) = T.LoadHalf(x);
            T.StoreHalf(Result(a - centerA, factorA, shiftA, floor), Result(b - centerB, factorB, shiftB, floor), y);
        }
    }

    /// <summary>Adds up dy and dy (x - mean) where the result was above the floor.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(T* x, T* dy, int vectors, ref PairSums sums)
    {
        Vector512<float> centerA = _centerA, centerB = _centerB, factorA = _factorA, factorB = _factorB, shiftA = _shiftA, shiftB = _shiftB, floor = _floor;
        for (int left = vectors / 2; left > 0; left -= Chunk)
        {
            Vector512<float> ta = default, tb = default, pa = default, pb = default;
            for (int at = Math.Min(Chunk, left); at > 0; at--, x += Pair, dy += Pair)
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
            sums.Add(ta, tb, pa, pb);
        }
        if (vectors % 2 != 0)
            Half(x, dy, ref sums);
    }

    /// <summary>The same, and dx = factor dy, or dx += factor dy.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(T* x, T* dy, T* dx, bool accumulate, int vectors, ref PairSums sums)
    {
        Vector512<float> centerA = _centerA, centerB = _centerB, factorA = _factorA, factorB = _factorB, shiftA = _shiftA, shiftB = _shiftB, floor = _floor;
        for (int left = vectors / 2; left > 0; left -= Chunk)
        {
            Vector512<float> ta = default, tb = default, pa = default, pb = default;
            for (int at = Math.Min(Chunk, left); at > 0; at--, x += Pair, dy += Pair, dx += Pair)
            {
                (Vector512<float> a, Vector512<float> b) = T.LoadPair(x);
                (Vector512<float> ga, Vector512<float> gb) = T.LoadPair(dy);
                (Vector512<float> da, Vector512<float> db) = accumulate ? T.LoadPair(dx) : default;
                a -= centerA;
                b -= centerB;
                ga = Masked(ga, a, factorA, shiftA, floor);
                gb = Masked(gb, b, factorB, shiftB, floor);
                ta += ga;
                tb += gb;
                pa = Vector512.MultiplyAddEstimate(ga, a, pa);
                pb = Vector512.MultiplyAddEstimate(gb, b, pb);
                T.StorePair(Vector512.MultiplyAddEstimate(ga, factorA, da), Vector512.MultiplyAddEstimate(gb, factorB, db), dx);
            }
            sums.Add(ta, tb, pa, pb);
        }
        if (vectors % 2 != 0)
        {
            (Vector512<float> ga, Vector512<float> gb) = Half(x, dy, ref sums);
            (Vector512<float> da, Vector512<float> db) = accumulate ? T.LoadHalf(dx) : default;
            T.StoreHalf(Vector512.MultiplyAddEstimate(ga, factorA, da), Vector512.MultiplyAddEstimate(gb, factorB, db), dx);
        }
    }

    private (Vector512<float> A, Vector512<float> B) Half(T* x, T* dy, ref PairSums sums)
    {
        (Vector512<float> a, Vector512<float> b) = T.LoadHalf(x);
        (Vector512<float> ga, Vector512<float> gb) = T.LoadHalf(dy);
        (Vector512<float> inA, Vector512<float> inB) = T.Half;
        a -= _centerA;
        b -= _centerB;
        ga = Masked(ga, a, _factorA, _shiftA, _floor) & inA;
        gb = Masked(gb, b, _factorB, _shiftB, _floor) & inB;
        sums.Add(ga, gb, (ga * a) & inA, (gb * b) & inB);
        return (ga, gb);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Result(Vector512<float> d, Vector512<float> factor, Vector512<float> shift, Vector512<float> floor)
    {
        Vector512<float> y = Vector512.MultiplyAddEstimate(d, factor, shift);
        // Unlike a maximum, this leaves NaN as it is in two instructions.
        return Vector512.ConditionalSelect(Vector512.LessThanOrEqual(y, floor), floor, y);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Masked(Vector512<float> dy, Vector512<float> d, Vector512<float> factor, Vector512<float> shift, Vector512<float> floor) =>
        Vector512.ConditionalSelect(Vector512.LessThanOrEqual(Vector512.MultiplyAddEstimate(d, factor, shift), floor), Vector512<float>.Zero, dy);
}

/// <summary>Sums of dy and of dy (x - mean) in double, in the lanes of a pair of vectors.</summary>
internal struct PairSums
{
    private LaneSums _totalA, _totalB, _productA, _productB;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(Vector512<float> totalA, Vector512<float> totalB, Vector512<float> productA, Vector512<float> productB)
    {
        _totalA.Add(totalA);
        _totalB.Add(totalB);
        _productA.Add(productA);
        _productB.Add(productB);
    }

    /// <summary>The sums of dy and of dy (x - mean) of channel <paramref name="channel"/> of a block of <paramref name="block"/>.</summary>
    public readonly (double Total, double Product) Of<T>(int channel, int block)
        where T : unmanaged, IPairElement<T>
    {
        (double total, double product) = (0, 0);
        for (int i = channel; i < Element.Lanes; i += block)
            (total, product) = (total + T.Sum(_totalA, _totalB, i), product + T.Sum(_productA, _productB, i));
        return (total, product);
    }
}
