using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <summary>
/// Batch normalisation (Ioffe and Szegedy, 2015) that reads a joint tensor (see <see cref="JointShape"/>) and writes a dense one, both of float32
/// (<see cref="float"/>) or of bfloat16 (<see cref="ushort"/>); arithmetic, statistics and sums are float32 and wider. A block of channels is one
/// worker's work, so sums never depend on the threads. Spans of joint tensors and of statistics may be longer than the channels that are used: a prefix is.
/// </summary>
public static unsafe partial class JointNormKernels
{
    /// <summary>Mean and biased variance over the batch of the channels from <paramref name="first"/> to below <paramref name="end"/>.</summary>
    /// <typeparam name="T">The type of the values.</typeparam>
    /// <param name="team">The threads.</param>
    /// <param name="shape">Images, pixels, block.</param>
    /// <param name="first">First channel, a multiple of the block.</param>
    /// <param name="end">Behind the last channel, a multiple of the block.</param>
    /// <param name="src">Joint, at least <paramref name="end"/> channels.</param>
    /// <param name="mean">At least [end].</param>
    /// <param name="variance">At least [end].</param>
    public static void Statistics<T>(WorkerTeam team, JointShape shape, int first, int end, ReadOnlySpan<T> src, Span<float> mean, Span<float> variance)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(team);
        shape.Check(end);
        Guard.That(first >= 0 && first < end && first % shape.Block == 0, $"Channels {first} to {end} are no blocks of {shape.Block}.");
        CheckPrefix(shape, end, src.Length, mean.Length, variance.Length);
        fixed (T* x = src)
        fixed (float* m = mean, v = variance)
        {
            if (Element.IsBFloat16<T>())
            {
                JointStatisticsLoop<BFloat16Element> loop = new(shape, first, end, (BFloat16Element*)x, m, v);
                team.Run(shape.Groups(end - first), ref loop);
            }
            else
            {
                JointStatisticsLoop<FloatElement> loop = new(shape, first, end, (FloatElement*)x, m, v);
                team.Run(shape.Groups(end - first), ref loop);
            }
        }
    }

    /// <summary>dst = (src - mean) / sqrt(variance + epsilon) * scale + shift for the first channels; with <paramref name="relu"/> negative results become 0.</summary>
    /// <typeparam name="T">The type of the values.</typeparam>
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
    public static void Forward<T>(
        WorkerTeam team, JointShape shape, float epsilon, ReadOnlySpan<T> src, ReadOnlySpan<float> mean, ReadOnlySpan<float> variance,
        ReadOnlySpan<float> scale, ReadOnlySpan<float> shift, bool relu, Span<T> dst)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(team);
        int C = scale.Length;
        shape.Check(C);
        CheckPrefix(shape, C, src.Length, mean.Length, variance.Length);
        Guard.Length(shift.Length, C, nameof(shift));
        Guard.Length(dst.Length, shape.Values(C), nameof(dst));
        fixed (T* x = src, y = dst)
        fixed (float* m = mean, v = variance, s = scale, b = shift)
        {
            NormParameters norm = new(epsilon, m, v, s, b, relu);
            if (Element.IsBFloat16<T>())
            {
                JointForwardLoop<BFloat16Element> loop = new(shape, C, norm, (BFloat16Element*)x, (BFloat16Element*)y);
                team.Run(loop.Pieces, ref loop);
            }
            else
            {
                JointForwardLoop<FloatElement> loop = new(shape, C, norm, (FloatElement*)x, (FloatElement*)y);
                team.Run(loop.Pieces, ref loop);
            }
        }
    }

    private static void CheckPrefix(JointShape shape, int channels, int src, int mean, int variance)
    {
        Guard.That(src >= shape.Values(channels), $"{channels} channels of {shape.N} images of {shape.HW} pixels do not fit into {src} values.");
        Guard.That(mean >= channels && variance >= channels, $"{channels} channels have {mean} means and {variance} variances.");
    }
}
