using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <summary>What a normalisation reads of each channel.</summary>
internal readonly unsafe struct NormParameters(float epsilon, float* mean, float* variance, float* scale, float* shift, bool relu)
{
    public readonly float* Mean = mean, Variance = variance, Scale = scale, Shift = shift;
    public readonly float Epsilon = epsilon;

    /// <summary>Results below it become it.</summary>
    public readonly float Floor = relu ? 0f : float.NegativeInfinity;
}

/// <summary>A normalisation's numbers for one block of channels in the lanes of vectors. Forward and backward pass use the same expression, so that they agree on signs.</summary>
internal readonly unsafe struct GroupNorm(in NormParameters norm, in JointWalk walk, int group)
{
    public readonly Vector512<float> Center = walk.Lane(norm.Mean, group), Shift = walk.Lane(norm.Shift, group), Factor =
        walk.Lane(norm.Scale, group) / Vector512.Sqrt(walk.Lane(norm.Variance, group) + Vector512.Create(norm.Epsilon));
}

/// <summary>Mean and variance of the channels of one block: two passes, as the square of a large mean would swallow the variance in one.</summary>
internal readonly unsafe struct JointStatisticsLoop<T>(JointShape s, int first, int channels, T* src, float* mean, float* variance) : IParallelBody
    where T : unmanaged, IElement<T>
{
    private readonly JointWalk _walk = new(s, channels);

    public void Invoke(int item, int worker)
    {
        int group = s.Groups(first) + item;
        double count = (double)s.N * s.HW;
        LaneSums sums = Add(group, Vector512<float>.Zero, square: false);
        for (int i = 0; i < s.Block; i++)
            mean[(group * s.Block) + i] = (float)(sums.Of(i, s.Block) / count);
        sums = Add(group, _walk.Lane(mean, group), square: true);
        for (int i = 0; i < s.Block; i++)
            variance[(group * s.Block) + i] = (float)(sums.Of(i, s.Block) / count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private LaneSums Add(int group, Vector512<float> center, bool square)
    {
        LaneSums sums = default;
        for (int image = 0; image < s.N; image++)
        {
            T* plane = src + _walk.Joint(group, image);
            for (int start = 0; start < _walk.Vectors; start += JointWalk.Chunk)
            {
                int end = Math.Min(_walk.Vectors, start + JointWalk.Chunk);
                Vector512<float> total = default;
                for (int at = start; at < end; at++)
                {
                    Vector512<float> d = T.Load(plane + (at * Element.Lanes)) - center;
                    total += square ? d * d : d;
                }
                sums.Add(total);
            }
            if (_walk.Tail > 0)
            {
                Vector512<float> d = Element.First(Element.LoadPart(plane + (_walk.Vectors * Element.Lanes), _walk.Tail) - center, _walk.Tail);
                sums.Add(square ? d * d : d);
            }
        }
        return sums;
    }
}

/// <summary>From joint to dense: normalised, and cut off below the floor.</summary>
internal readonly unsafe struct JointForwardLoop<T>(JointShape s, int channels, NormParameters parameters, T* src, T* dst) : IParallelBody
    where T : unmanaged, IPairElement<T>
{
    private readonly JointWalk _walk = new(s, channels);

    public int Pieces => _walk.Pieces;

    public void Invoke(int item, int worker)
    {
        JointPiece piece = _walk.Piece(item);
        if (!s.ChannelsLast)
        {
            Planes(piece.Group, piece);
            return;
        }
        // Two blocks of a pixel fill a cache line of bfloat16.
        int group = piece.Group;
        for (; group + 1 < piece.GroupEnd; group += 2)
            Rows(group, group + 1, piece);
        if (group < piece.GroupEnd)
            Rows(group, group, piece);
    }

    private void Planes(int group, in JointPiece piece)
    {
        GroupNorm norm = new(parameters, _walk, group);
        PairNorm<T> pairs = new(norm, parameters.Floor);
        for (int image = piece.Image; image < piece.ImageEnd; image++)
        {
            T* x = src + _walk.Joint(group, image), y = dst + _walk.Dense(group, image);
            pairs.Forward(x, y, _walk.Vectors);
            if (_walk.Tail > 0)
                Tail(norm, x + (_walk.Vectors * Element.Lanes), y + (_walk.Vectors * Element.Lanes));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Rows(int one, int other, in JointPiece piece)
    {
        (GroupNorm a, GroupNorm b) = (new(parameters, _walk, one), new(parameters, _walk, other));
        Vector512<float> centerA = a.Center, factorA = a.Factor, shiftA = a.Shift, centerB = b.Center, factorB = b.Factor, shiftB = b.Shift;
        Vector512<float> floor = Vector512.Create(parameters.Floor);
        T* xa = src + _walk.Joint(one, piece.Image), xb = src + _walk.Joint(other, piece.Image);
        T* ya = dst + _walk.Dense(one, piece.Image), yb = dst + _walk.Dense(other, piece.Image);
        nint step = _walk.DenseStep;
        for (int at = piece.Start; at < piece.Stop; at++)
        {
            T.Store(Result(T.Load(xa + (at * Element.Lanes)), centerA, factorA, shiftA, floor), ya + (at * step));
            T.Store(Result(T.Load(xb + (at * Element.Lanes)), centerB, factorB, shiftB, floor), yb + (at * step));
        }
    }

    private void Tail(in GroupNorm norm, T* x, T* y) => Element.StorePart(
        Result(Element.LoadPart(x, _walk.Tail), norm.Center, norm.Factor, norm.Shift, Vector512.Create(parameters.Floor)), y, _walk.Tail);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Result(Vector512<float> x, Vector512<float> center, Vector512<float> factor, Vector512<float> shift, Vector512<float> floor)
    {
        Vector512<float> y = Vector512.MultiplyAddEstimate(x - center, factor, shift);
        // Unlike a maximum, this leaves NaN as it is in two instructions.
        return Vector512.ConditionalSelect(Vector512.LessThanOrEqual(y, floor), floor, y);
    }
}
