using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <remarks>
/// The gradient of a joint tensor with many readers lies in three pieces: dx[c, i] = sum[c, i] + offset[c] + slope[c] (x[c, i] - mean[c]). Each reader adds to all
/// three in one pass over memory; <see cref="TakeGradient"/> puts them together, once, when no reader is left. In bfloat16 each reader rounds the sum once more.
/// </remarks>
public static unsafe partial class JointNormKernels
{
    /// <summary>The gradients of source, scale and shift when mean and variance are the batch's own.</summary>
    /// <typeparam name="T">The type of the values.</typeparam>
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
    /// <param name="sum">Joint; empty where the source's gradient is not wanted.</param>
    /// <param name="offset">At least [C], or empty with <paramref name="sum"/>.</param>
    /// <param name="slope">At least [C], or empty with <paramref name="sum"/>.</param>
    /// <param name="accumulate">True adds to the source's gradient, false overwrites that of the first C channels.</param>
    /// <param name="diffScale">[C].</param>
    /// <param name="diffShift">[C].</param>
    public static void Backward<T>(
        WorkerTeam team, JointShape shape, float epsilon, ReadOnlySpan<T> src, ReadOnlySpan<float> mean, ReadOnlySpan<float> variance,
        ReadOnlySpan<float> scale, ReadOnlySpan<float> shift, bool relu, ReadOnlySpan<T> diffDst, Span<T> sum, Span<float> offset, Span<float> slope, bool accumulate,
        Span<float> diffScale, Span<float> diffShift)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(team);
        int C = scale.Length;
        shape.Check(C);
        CheckPrefix(shape, C, src.Length, mean.Length, variance.Length);
        if (!sum.IsEmpty)
            CheckPrefix(shape, C, sum.Length, offset.Length, slope.Length);
        Guard.Length(diffDst.Length, shape.Values(C), nameof(diffDst));
        Guard.Length(shift.Length, C, nameof(shift));
        Guard.Length(diffScale.Length, C, nameof(diffScale));
        Guard.Length(diffShift.Length, C, nameof(diffShift));
        fixed (T* x = src, dy = diffDst, dx = sum)
        fixed (float* m = mean, v = variance, s = scale, b = shift, o = offset, k = slope, ds = diffScale, db = diffShift)
        {
            NormParameters norm = new(epsilon, m, v, s, b, relu);
            if (Element.IsBFloat16<T>())
            {
                JointBackwardLoop<BFloat16Element> loop = new(shape, C, norm, (BFloat16Element*)x, (BFloat16Element*)dy, (BFloat16Element*)dx, o, k, accumulate, ds, db);
                team.Run(loop.Pieces, ref loop);
            }
            else
            {
                JointBackwardLoop<FloatElement> loop = new(shape, C, norm, (FloatElement*)x, (FloatElement*)dy, (FloatElement*)dx, o, k, accumulate, ds, db);
                team.Run(loop.Pieces, ref loop);
            }
        }
    }

    /// <summary>The gradient of some channels, whole: dense = sum + offset + slope (src - mean).</summary>
    /// <typeparam name="T">The type of the values.</typeparam>
    /// <param name="team">The threads.</param>
    /// <param name="shape">Images, pixels, block.</param>
    /// <param name="first">First channel, a multiple of the block.</param>
    /// <param name="channels">Channels of <paramref name="dense"/>.</param>
    /// <param name="src">Joint, at least first + channels channels.</param>
    /// <param name="mean">At least [first + channels].</param>
    /// <param name="sum">Joint, at least first + channels channels.</param>
    /// <param name="offset">At least [first + channels].</param>
    /// <param name="slope">At least [first + channels].</param>
    /// <param name="dense">Dense, the channels from <paramref name="first"/> on.</param>
    public static void TakeGradient<T>(
        WorkerTeam team, JointShape shape, int first, int channels, ReadOnlySpan<T> src, ReadOnlySpan<float> mean, ReadOnlySpan<T> sum, ReadOnlySpan<float> offset,
        ReadOnlySpan<float> slope, Span<T> dense)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(team);
        shape.Check(channels);
        Guard.That(first >= 0 && first % shape.Block == 0, $"Channel {first} begins no block of {shape.Block}.");
        CheckPrefix(shape, first + channels, src.Length, mean.Length, mean.Length);
        CheckPrefix(shape, first + channels, sum.Length, offset.Length, slope.Length);
        Guard.Length(dense.Length, shape.Values(channels), nameof(dense));
        fixed (T* x = src, y = dense, d = sum)
        fixed (float* m = mean, o = offset, k = slope)
        {
            T* from = x + shape.Values(first);
            T* held = d + shape.Values(first);
            int c = first;
            if (Element.IsBFloat16<T>())
            {
                JointGradientLoop<BFloat16Element> loop = new(shape, channels, (BFloat16Element*)from, (BFloat16Element*)held, m + c, o + c, k + c, (BFloat16Element*)y);
                team.Run(loop.Pieces, ref loop);
            }
            else
            {
                JointGradientLoop<FloatElement> loop = new(shape, channels, (FloatElement*)from, (FloatElement*)held, m + c, o + c, k + c, (FloatElement*)y);
                team.Run(loop.Pieces, ref loop);
            }
        }
    }
}
