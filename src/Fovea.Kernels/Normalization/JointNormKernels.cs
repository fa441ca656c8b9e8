using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <summary>
/// Batch normalisation (Ioffe and Szegedy, 2015) that reads a joint tensor (see <see cref="JointShape"/>) and writes a dense one. A block of channels is one
/// worker's work, so sums never depend on the threads. Spans of joint tensors and of statistics may be longer than the channels that are used: a prefix is.
/// </summary>
public static unsafe class JointNormKernels
{
    /// <summary>Mean and biased variance over the batch of the channels from <paramref name="first"/> to below <paramref name="end"/>.</summary>
    /// <param name="team">The threads.</param>
    /// <param name="shape">Images, pixels, block.</param>
    /// <param name="first">First channel, a multiple of the block.</param>
    /// <param name="end">Behind the last channel, a multiple of the block.</param>
    /// <param name="src">Joint, at least <paramref name="end"/> channels.</param>
    /// <param name="mean">At least [end].</param>
    /// <param name="variance">At least [end].</param>
    public static void Statistics(WorkerTeam team, JointShape shape, int first, int end, ReadOnlySpan<float> src, Span<float> mean, Span<float> variance)
    {
        ArgumentNullException.ThrowIfNull(team);
        shape.Check(end);
        Guard.That(first >= 0 && first < end && first % shape.Block == 0, $"Channels {first} to {end} are no blocks of {shape.Block}.");
        CheckPrefix(shape, end, src.Length, mean.Length, variance.Length);
        fixed (float* x = src, m = mean, v = variance)
        {
            JointStatisticsLoop loop = new(shape, shape.Groups(first), x, m, v);
            team.Run(shape.Groups(end - first), ref loop);
        }
    }

    /// <summary>dst = (src - mean) / sqrt(variance + epsilon) * scale + shift for the first channels; with <paramref name="relu"/> negative results become 0.</summary>
    /// <param name="team">The threads.</param>
    /// <param name="shape">Images, pixels, block.</param>
    /// <param name="epsilon">Added to the variance, above 0.</param>
    /// <param name="src">Joint, at least as many channels as <paramref name="scale"/> has.</param>
    /// <param name="mean">At least [C].</param>
    /// <param name="variance">At least [C].</param>
    /// <param name="scale">[C].</param>
    /// <param name="shift">[C].</param>
    /// <param name="relu">True applies max(0, x).</param>
    /// <param name="dst">Dense.</param>
    public static void Forward(
        WorkerTeam team, JointShape shape, float epsilon, ReadOnlySpan<float> src, ReadOnlySpan<float> mean, ReadOnlySpan<float> variance,
        ReadOnlySpan<float> scale, ReadOnlySpan<float> shift, bool relu, Span<float> dst)
    {
        ArgumentNullException.ThrowIfNull(team);
        int C = scale.Length;
        shape.Check(C);
        CheckPrefix(shape, C, src.Length, mean.Length, variance.Length);
        Guard.Length(shift.Length, C, nameof(shift));
        Guard.Length(dst.Length, shape.Values(C), nameof(dst));
        fixed (float* x = src, y = dst, m = mean, v = variance, s = scale, b = shift)
        {
            JointForwardLoop loop = new(shape, shape.Groups(C), epsilon, x, m, v, s, b, relu ? 0f : float.NegativeInfinity, y);
            team.Run(shape.Groups(C) * shape.N, ref loop);
        }
    }

    /// <summary>The gradients of source, scale and shift when mean and variance are the batch's own.</summary>
    /// <param name="team">The threads.</param>
    /// <param name="shape">Images, pixels, block.</param>
    /// <param name="epsilon">As in the forward pass.</param>
    /// <param name="src">Joint, at least as many channels as <paramref name="scale"/> has.</param>
    /// <param name="mean">At least [C], of the forward pass.</param>
    /// <param name="variance">At least [C], of the forward pass.</param>
    /// <param name="scale">[C].</param>
    /// <param name="shift">[C].</param>
    /// <param name="relu">True where a ReLU was applied: <paramref name="diffDst"/> is the gradient of its result.</param>
    /// <param name="diffDst">Dense.</param>
    /// <param name="diffSrc">Joint; empty where it is not wanted.</param>
    /// <param name="accumulate">True adds to <paramref name="diffSrc"/>, false overwrites its first C channels.</param>
    /// <param name="diffScale">[C].</param>
    /// <param name="diffShift">[C].</param>
    public static void Backward(
        WorkerTeam team, JointShape shape, float epsilon, ReadOnlySpan<float> src, ReadOnlySpan<float> mean, ReadOnlySpan<float> variance,
        ReadOnlySpan<float> scale, ReadOnlySpan<float> shift, bool relu, ReadOnlySpan<float> diffDst, Span<float> diffSrc, bool accumulate,
        Span<float> diffScale, Span<float> diffShift)
    {
        ArgumentNullException.ThrowIfNull(team);
        int C = scale.Length;
        shape.Check(C);
        CheckPrefix(shape, C, src.Length, mean.Length, variance.Length);
        Guard.That(diffSrc.IsEmpty || diffSrc.Length >= shape.Values(C), $"A gradient of {C} channels does not fit into {diffSrc.Length} values.");
        Guard.Length(diffDst.Length, shape.Values(C), nameof(diffDst));
        Guard.Length(shift.Length, C, nameof(shift));
        Guard.Length(diffScale.Length, C, nameof(diffScale));
        Guard.Length(diffShift.Length, C, nameof(diffShift));
        fixed (float* x = src, dy = diffDst, dx = diffSrc, m = mean, v = variance, s = scale, b = shift, ds = diffScale, db = diffShift)
        {
            JointBackwardLoop loop = new(shape, shape.Groups(C), epsilon, x, m, v, s, b, relu, dy, dx, accumulate, ds, db);
            team.Run(shape.Groups(C), ref loop);
        }
    }

    private static void CheckPrefix(JointShape shape, int channels, int src, int mean, int variance)
    {
        Guard.That(src >= shape.Values(channels), $"{channels} channels of {shape.N} images of {shape.HW} pixels do not fit into {src} values.");
        Guard.That(mean >= channels && variance >= channels, $"{channels} channels have {mean} means and {variance} variances.");
    }
}
