using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <summary>Takes channels out of a joint gradient: what was added up value by value, and each channel's share.</summary>
internal readonly unsafe struct JointGradientLoop<T>(
    JointShape s, int channels, T* src, T* sum, float* mean, float* offset, float* slope, T* dense) : IParallelBody
    where T : unmanaged, IPairElement<T>
{
    private readonly JointWalk _walk = new(s, channels);

    public int Pieces => _walk.Pieces;

    public void Invoke(int item, int worker)
    {
        JointPiece piece = _walk.Piece(item);
        for (int image = piece.Image; image < piece.ImageEnd; image++)
        {
            for (int group = piece.Group; group < piece.GroupEnd; group++)
            {
                nint from = _walk.Joint(group, image);
                T* to = dense + _walk.Dense(group, image);
                if (s.ChannelsLast)
                    Rows(group, src + from, sum + from, to, piece.Start, piece.Stop);
                else
                    Plane(group, src + from, sum + from, to);
                if (_walk.Tail > 0)
                    Tail(group, src + from, sum + from, to);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Plane(int group, T* x, T* from, T* to)
    {
        (Vector512<float> centerA, Vector512<float> centerB) = T.Spread(_walk.Lane(mean, group));
        (Vector512<float> downA, Vector512<float> downB) = T.Spread(_walk.Lane(offset, group));
        (Vector512<float> tiltA, Vector512<float> tiltB) = T.Spread(_walk.Lane(slope, group));
        for (int at = _walk.Vectors / 2; at > 0; at--, x += 2 * Element.Lanes, from += 2 * Element.Lanes, to += 2 * Element.Lanes)
        {
            (Vector512<float> a, Vector512<float> b) = T.LoadPair(x);
            (Vector512<float> sumA, Vector512<float> sumB) = T.LoadPair(from);
            T.StorePair(
                sumA + Vector512.MultiplyAddEstimate(a - centerA, tiltA, downA), sumB + Vector512.MultiplyAddEstimate(b - centerB, tiltB, downB), to);
        }
        if (_walk.Vectors % 2 != 0)
        {
            (Vector512<float> a, Vector512<float> b) = T.LoadHalf(x);
            (Vector512<float> sumA, Vector512<float> sumB) = T.LoadHalf(from);
            T.StoreHalf(
                sumA + Vector512.MultiplyAddEstimate(a - centerA, tiltA, downA), sumB + Vector512.MultiplyAddEstimate(b - centerB, tiltB, downB), to);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Rows(int group, T* x, T* from, T* to, int start, int stop)
    {
        Vector512<float> center = _walk.Lane(mean, group), down = _walk.Lane(offset, group), tilt = _walk.Lane(slope, group);
        nint step = _walk.DenseStep;
        for (int at = start; at < stop; at++)
        {
            Vector512<float> share = Vector512.MultiplyAddEstimate(T.Load(x + (at * Element.Lanes)) - center, tilt, down);
            T.Store(T.Load(from + (at * Element.Lanes)) + share, to + (at * step));
        }
    }

    private void Tail(int group, T* x, T* from, T* to)
    {
        (int at, int count) = (_walk.Vectors * Element.Lanes, _walk.Tail);
        Vector512<float> d = Element.LoadPart(x + at, count) - _walk.Lane(mean, group);
        Vector512<float> share = Vector512.MultiplyAddEstimate(d, _walk.Lane(slope, group), _walk.Lane(offset, group));
        Element.StorePart(Element.LoadPart(from + at, count) + share, to + at, count);
    }
}
