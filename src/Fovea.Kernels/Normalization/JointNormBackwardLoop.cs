using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <summary>
/// The gradient through one block of channels in one pass over memory (with channels last: two blocks, as they share cache lines). Where a ReLU follows, dy counts
/// only where the forward result was above zero, which is computed again from x by the forward pass's own expression.
/// </summary>
/// <remarks>
/// dx = f (dy - a - k (x - mean)) with f = scale / std, a = sum(dy) / n, k = sum(dy (x - mean)) / (n var). Only f dy is added up value by value; -f a and -f k are
/// added up per channel (offset, slope), and their share comes in when the channel's gradient is taken. So the sums need not be known before the values are written.
/// </remarks>
internal readonly unsafe struct JointBackwardLoop<T>(
    JointShape s, int channels, NormParameters parameters, T* src, T* diffDst, T* sum, float* offset, float* slope, bool accumulate, float* diffScale, float* diffShift)
    : IParallelBody
    where T : unmanaged, IPairElement<T>
{
    private readonly JointWalk _walk = new(s, channels);

    private int Width => s.ChannelsLast ? 2 : 1;

    public int Pieces => (_walk.Groups + Width - 1) / Width;

    public void Invoke(int item, int worker)
    {
        if (!s.ChannelsLast)
        {
            Planes(item);
            return;
        }
        int first = item * Width, width = Math.Min(Width, _walk.Groups - first);
        LaneSums* sums = stackalloc LaneSums[2], products = stackalloc LaneSums[2];
        (sums[0], sums[1], products[0], products[1]) = (default, default, default, default);
        for (int image = 0; image < s.N; image++)
        {
            for (int start = 0; start < _walk.Vectors; start += JointWalk.Chunk)
            {
                for (int i = 0; i < width; i++)
                    Chunk(first + i, image, start, ref sums[i], ref products[i]);
            }
        }
        for (int i = 0; i < width; i++)
            Finish(first + i, default, sums[i], products[i]);
    }

    private void Planes(int group)
    {
        GroupNorm norm = new(parameters, _walk, group);
        PairNorm<T> pairs = new(norm, parameters.Floor);
        PairSums whole = default;
        LaneSums sums = default, products = default;
        for (int image = 0; image < s.N; image++)
        {
            T* x = src + _walk.Joint(group, image), dy = diffDst + _walk.Dense(group, image);
            if (sum is null)
                pairs.Add(x, dy, _walk.Vectors, ref whole);
            else
                pairs.Add(x, dy, sum + _walk.Joint(group, image), accumulate, _walk.Vectors, ref whole);
            if (_walk.Tail > 0)
                Chunk(group, image, _walk.Vectors, ref sums, ref products);
        }
        Finish(group, whole, sums, products);
    }

    private void Finish(int group, in PairSums whole, in LaneSums sums, in LaneSums products)
    {
        double count = (double)s.N * s.HW;
        for (int i = 0, c = group * s.Block; i < s.Block; i++, c++)
        {
            double inverse = 1 / Math.Sqrt((double)parameters.Variance[c] + parameters.Epsilon);
            (double total, double product) = whole.Of<T>(i, s.Block);
            total += sums.Of(i, s.Block);
            product += products.Of(i, s.Block);
            diffShift[c] = (float)total;
            diffScale[c] = (float)(product * inverse);
            if (sum is null)
                continue;
            double factor = parameters.Scale[c] * inverse;
            float down = (float)(-factor * total / count), tilt = (float)(-factor * product * inverse * inverse / count);
            offset[c] = accumulate ? offset[c] + down : down;
            slope[c] = accumulate ? slope[c] + tilt : tilt;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Chunk(int group, int image, int start, ref LaneSums sums, ref LaneSums products)
    {
        GroupNorm norm = new(parameters, _walk, group);
        Vector512<float> center = norm.Center, factor = norm.Factor, shift = norm.Shift, floor = Vector512.Create(parameters.Floor), total = default, product = default;
        T* x = src + _walk.Joint(group, image), dy = diffDst + _walk.Dense(group, image);
        T* dx = sum is null ? null : sum + _walk.Joint(group, image);
        int end = Math.Min(_walk.Vectors, start + JointWalk.Chunk);
        nint step = _walk.DenseStep;
        bool writes = dx is not null, adds = accumulate;
        for (int at = start; at < end; at++)
        {
            Vector512<float> d = T.Load(x + (at * Element.Lanes)) - center, g = Masked(T.Load(dy + (at * step)), d, factor, shift, floor);
            total += g;
            product = Vector512.MultiplyAddEstimate(g, d, product);
            if (writes)
                T.Store(Vector512.MultiplyAddEstimate(g, factor, adds ? T.Load(dx + (at * Element.Lanes)) : default), dx + (at * Element.Lanes));
        }
        if (_walk.Tail > 0 && end == _walk.Vectors)
        {
            int at = end * Element.Lanes, count = _walk.Tail;
            Vector512<float> d = Element.LoadPart(x + at, count) - center, g = Masked(Element.LoadPart(dy + at, count), d, factor, shift, floor);
            total += g;
            product = Vector512.MultiplyAddEstimate(g, d, product);
            if (writes)
                Element.StorePart(Vector512.MultiplyAddEstimate(g, factor, adds ? Element.LoadPart(dx + at, count) : default), dx + at, count);
        }
        sums.Add(total);
        products.Add(product);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Masked(Vector512<float> dy, Vector512<float> d, Vector512<float> factor, Vector512<float> shift, Vector512<float> floor) =>
        Vector512.ConditionalSelect(Vector512.LessThanOrEqual(Vector512.MultiplyAddEstimate(d, factor, shift), floor), Vector512<float>.Zero, dy);
}
