using System.Runtime.CompilerServices;
using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <summary>Blocks of channels moved between a dense tensor and a joint one (see <see cref="JointShape"/>), of float32 or of bfloat16 (<see cref="ushort"/>).</summary>
public static unsafe class JointRows
{
    /// <summary>Puts all channels of <paramref name="dense"/> into <paramref name="joint"/>, from channel <paramref name="first"/> on.</summary>
    /// <typeparam name="T">The type of the values.</typeparam>
    /// <typeparam name="TJoint">The same, or float where <typeparamref name="T"/> is bfloat16.</typeparam>
    /// <param name="team">The threads.</param>
    /// <param name="shape">Images, pixels, block.</param>
    /// <param name="channels">Channels of <paramref name="dense"/>.</param>
    /// <param name="dense">Dense.</param>
    /// <param name="first">First channel, a multiple of the block.</param>
    /// <param name="joint">At least first + channels channels.</param>
    public static void Place<T, TJoint>(WorkerTeam team, JointShape shape, int channels, ReadOnlySpan<T> dense, int first, Span<TJoint> joint)
        where T : unmanaged
        where TJoint : unmanaged
    {
        Check(team, shape, channels, dense.Length, first, joint.Length);
        Guard.That(Element.IsBFloat16<T>() || !Element.IsBFloat16<TJoint>(), $"Values of float32 are not kept in a joint tensor of bfloat16.");
        fixed (T* x = dense)
        fixed (TJoint* whole = joint)
        {
            TJoint* y = whole + shape.Values(first);
            if (!Element.IsBFloat16<T>())
                Run(team, new RowLoop<FloatElement, FloatElement>(shape, channels, (FloatElement*)x, (FloatElement*)y, place: true));
            else if (Element.IsBFloat16<TJoint>())
                Run(team, new RowLoop<BFloat16Element, BFloat16Element>(shape, channels, (BFloat16Element*)x, (BFloat16Element*)y, place: true));
            else
                Run(team, new RowLoop<BFloat16Element, FloatElement>(shape, channels, (BFloat16Element*)x, (FloatElement*)y, place: true));
        }
    }

    /// <summary>Takes the channels from <paramref name="first"/> on out of <paramref name="joint"/>, as many as <paramref name="dense"/> holds.</summary>
    /// <typeparam name="T">The type of the values.</typeparam>
    /// <param name="team">The threads.</param>
    /// <param name="shape">Images, pixels, block.</param>
    /// <param name="channels">Channels of <paramref name="dense"/>.</param>
    /// <param name="joint">At least first + channels channels.</param>
    /// <param name="first">First channel, a multiple of the block.</param>
    /// <param name="dense">Dense.</param>
    public static void Take<T>(WorkerTeam team, JointShape shape, int channels, ReadOnlySpan<T> joint, int first, Span<T> dense)
        where T : unmanaged
    {
        Check(team, shape, channels, dense.Length, first, joint.Length);
        fixed (T* x = dense, whole = joint)
        {
            T* y = whole + shape.Values(first);
            if (Element.IsBFloat16<T>())
                Run(team, new RowLoop<BFloat16Element, BFloat16Element>(shape, channels, (BFloat16Element*)x, (BFloat16Element*)y, place: false));
            else
                Run(team, new RowLoop<FloatElement, FloatElement>(shape, channels, (FloatElement*)x, (FloatElement*)y, place: false));
        }
    }

    private static void Check(WorkerTeam team, JointShape shape, int channels, int dense, int first, int joint)
    {
        ArgumentNullException.ThrowIfNull(team);
        shape.Check(channels);
        Guard.Length(dense, shape.Values(channels), nameof(dense));
        Guard.That(
            first >= 0 && first % shape.Block == 0 && joint >= shape.Values(first + channels), $"{channels} channels from {first} on do not lie in a joint tensor of {joint} values.");
    }

    private static void Run<T, TJoint>(WorkerTeam team, RowLoop<T, TJoint> loop)
        where T : unmanaged, IElement<T>
        where TJoint : unmanaged, IElement<TJoint> => team.Run(loop.Pieces, ref loop);

    private readonly struct RowLoop<T, TJoint>(JointShape shape, int channels, T* dense, TJoint* joint, bool place) : IParallelBody
        where T : unmanaged, IElement<T>
        where TJoint : unmanaged, IElement<TJoint>
    {
        private readonly JointWalk _walk = new(shape, channels);

        public int Pieces => _walk.Pieces;

        public void Invoke(int item, int worker)
        {
            (int first, int end, int image, int start, int stop) = _walk.Piece(item);
            for (int group = first; group < end; group++)
            {
                T* apart = dense + _walk.Dense(group, image);
                TJoint* together = joint + _walk.Joint(group, image);
                if (place)
                    Move(apart, _walk.DenseStep, together, Element.Lanes, start, stop);
                else
                    Move(together, Element.Lanes, apart, _walk.DenseStep, start, stop);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Move<TFrom, TTo>(TFrom* from, nint fromStep, TTo* to, nint toStep, int start, int stop)
            where TFrom : unmanaged, IElement<TFrom>
            where TTo : unmanaged, IElement<TTo>
        {
            for (int at = start; at < stop; at++)
                TTo.Store(TFrom.Load(from + (at * fromStep)), to + (at * toStep));
            if (_walk.Tail > 0)
                Element.StorePart(Element.LoadPart(from + (stop * Element.Lanes), _walk.Tail), to + (stop * Element.Lanes), _walk.Tail);
        }
    }
}
