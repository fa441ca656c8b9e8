using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <summary>Blocks of channels moved between a dense tensor and a joint one (see <see cref="JointShape"/>): one copy per block and image.</summary>
public static unsafe class JointRows
{
    /// <summary>Puts all channels of <paramref name="dense"/> into <paramref name="joint"/>, from channel <paramref name="first"/> on.</summary>
    /// <param name="team">The threads.</param>
    /// <param name="shape">Images, pixels, block.</param>
    /// <param name="channels">Channels of <paramref name="dense"/>.</param>
    /// <param name="dense">[N][channels/block][HW][block].</param>
    /// <param name="first">First channel, a multiple of the block.</param>
    /// <param name="joint">At least first + channels channels.</param>
    public static void Place(WorkerTeam team, JointShape shape, int channels, ReadOnlySpan<float> dense, int first, Span<float> joint)
    {
        Check(team, shape, channels, dense.Length, first, joint.Length);
        fixed (float* x = dense, y = joint)
        {
            RowLoop loop = new(shape, shape.Groups(channels), x, y + shape.Values(first), place: true);
            team.Run(shape.Groups(channels) * shape.N, ref loop);
        }
    }

    /// <summary>Takes the channels from <paramref name="first"/> on out of <paramref name="joint"/>, as many as <paramref name="dense"/> holds.</summary>
    /// <param name="team">The threads.</param>
    /// <param name="shape">Images, pixels, block.</param>
    /// <param name="channels">Channels of <paramref name="dense"/>.</param>
    /// <param name="joint">At least first + channels channels.</param>
    /// <param name="first">First channel, a multiple of the block.</param>
    /// <param name="dense">[N][channels/block][HW][block].</param>
    public static void Take(WorkerTeam team, JointShape shape, int channels, ReadOnlySpan<float> joint, int first, Span<float> dense)
    {
        Check(team, shape, channels, dense.Length, first, joint.Length);
        fixed (float* x = dense, y = joint)
        {
            RowLoop loop = new(shape, shape.Groups(channels), x, y + shape.Values(first), place: false);
            team.Run(shape.Groups(channels) * shape.N, ref loop);
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

    private readonly struct RowLoop(JointShape shape, int groups, float* dense, float* joint, bool place) : IParallelBody
    {
        public void Invoke(int item, int worker)
        {
            (int group, int image) = (item / shape.N, item % shape.N);
            Span<float> apart = new(dense + (((nint)image * groups + group) * shape.Plane), shape.Plane), together = new(joint + ((nint)item * shape.Plane), shape.Plane);
            if (place)
                apart.CopyTo(together);
            else
                together.CopyTo(apart);
        }
    }
}
