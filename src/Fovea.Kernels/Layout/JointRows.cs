using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <summary>Blocks of channels moved between a dense tensor and a joint one (see <see cref="JointShape"/>), of float32 or of bfloat16 (<see cref="ushort"/>).</summary>
public static unsafe class JointRows
{
    /// <summary>Puts all channels of <paramref name="dense"/> into <paramref name="joint"/>, from channel <paramref name="first"/> on.</summary>
    /// <typeparam name="T">The type of the values.</typeparam>
    /// <param name="team">The threads.</param>
    /// <param name="shape">Images, pixels, block.</param>
    /// <param name="channels">Channels of <paramref name="dense"/>.</param>
    /// <param name="dense">Dense.</param>
    /// <param name="first">First channel, a multiple of the block.</param>
    /// <param name="joint">At least first + channels channels.</param>
    public static void Place<T>(WorkerTeam team, JointShape shape, int channels, ReadOnlySpan<T> dense, int first, Span<T> joint)
        where T : unmanaged
    {
        Check(team, shape, channels, dense.Length, first, joint.Length);
        fixed (T* x = dense, whole = joint)
            Move(team, shape, channels, x, whole + shape.Values(first), place: true);
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
            Move(team, shape, channels, x, whole + shape.Values(first), place: false);
    }

    private static void Check(WorkerTeam team, JointShape shape, int channels, int dense, int first, int joint)
    {
        ArgumentNullException.ThrowIfNull(team);
        shape.Check(channels);
        Guard.Length(dense, shape.Values(channels), nameof(dense));
        Guard.That(
            first >= 0 && first % shape.Block == 0 && joint >= shape.Values(first + channels), $"{channels} channels from {first} on do not lie in a joint tensor of {joint} values.");
    }

    private static void Move<T>(WorkerTeam team, JointShape shape, int channels, T* dense, T* joint, bool place)
        where T : unmanaged
    {
        if (Element.IsBFloat16<T>())
        {
            RowLoop<BFloat16Element> loop = new(shape, channels, (BFloat16Element*)dense, (BFloat16Element*)joint, place);
            team.Run(loop.Pieces, ref loop);
        }
        else
        {
            RowLoop<FloatElement> loop = new(shape, channels, (FloatElement*)dense, (FloatElement*)joint, place);
            team.Run(loop.Pieces, ref loop);
        }
    }

    private readonly struct RowLoop<T>(JointShape shape, int channels, T* dense, T* joint, bool place) : IParallelBody
        where T : unmanaged, IElement<T>
    {
        private readonly JointWalk _walk = new(shape, channels);

        public int Pieces => _walk.Pieces;

        public void Invoke(int item, int worker)
        {
            JointPiece piece = _walk.Piece(item);
            for (int image = piece.Image; image < piece.ImageEnd; image++)
            {
                for (int group = piece.Group; group < piece.GroupEnd; group++)
                {
                    T* apart = dense + _walk.Dense(group, image), together = joint + _walk.Joint(group, image);
                    if (!shape.ChannelsLast)
                        Move(apart, shape.Plane, together, shape.Plane, 0, 1, shape.Plane);
                    else
                        Move(apart, channels, together, Element.Lanes, piece.Start, piece.Stop, Element.Lanes);
                }
            }
        }

        /// <summary>Rows of values, which are moved as they are.</summary>
        private void Move(T* apart, nint apartStep, T* together, nint togetherStep, int start, int stop, int width)
        {
            for (int row = start; row < stop; row++)
            {
                Span<T> one = new(apart + (row * apartStep), width), other = new(together + (row * togetherStep), width);
                if (place)
                    one.CopyTo(other);
                else
                    other.CopyTo(one);
            }
        }
    }
}
