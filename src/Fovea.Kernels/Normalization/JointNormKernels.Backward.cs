using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <remarks>
/// The gradient of a joint tensor with many readers lies in three pieces: dx[c, i] = sum[c, i] + offset[c] + slope[c] (x[c, i] - mean[c]). Each reader adds to all
/// three in one pass over memory; <see cref="TakeGradient"/> puts them together, once, when no reader is left.
/// </remarks>
public static unsafe partial class JointNormKernels
{
    /// <summary>The gradients of source, scale and shift when mean and variance are the batch's own.</summary>
    /// <typeparam name="T">The type of the values.</typeparam>
    /// <typeparam name="TSum">The type in which gradients are added up: float, or <typeparamref name="T"/>.</typeparam>
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
    public static void Backward<T, TSum>(
        WorkerTeam team, JointShape shape, float epsilon, ReadOnlySpan<T> src, ReadOnlySpan<float> mean, ReadOnlySpan<float> variance,
        ReadOnlySpan<float> scale, ReadOnlySpan<float> shift, bool relu, ReadOnlySpan<T> diffDst, Span<TSum> sum, Span<float> offset, Span<float> slope, bool accumulate,
        Span<float> diffScale, Span<float> diffShift)
        where T : unmanaged
        where TSum : unmanaged
    {
        ArgumentNullException.ThrowIfNull(team);
        int C = scale.Length;
        shape.Check(C);
        CheckTypes<T, TSum>();
        CheckPrefix(shape, C, src.Length, mean.Length, variance.Length);
        if (!sum.IsEmpty)
            CheckPrefix(shape, C, sum.Length, offset.Length, slope.Length);
        Guard.Length(diffDst.Length, shape.Values(C), nameof(diffDst));
        Guard.Length(shift.Length, C, nameof(shift));
        Guard.Length(diffScale.Length, C, nameof(diffScale));
        Guard.Length(diffShift.Length, C, nameof(diffShift));
        fixed (T* x = src, dy = diffDst)
        fixed (TSum* dx = sum)
        fixed (float* m = mean, v = variance, s = scale, b = shift, o = offset, k = slope, ds = diffScale, db = diffShift)
        {
            NormParameters norm = new(epsilon, m, v, s, b, relu);
            if (!Element.IsBFloat16<T>())
                Run(team, new JointBackwardLoop<FloatElement, FloatElement>(shape, C, norm, (FloatElement*)x, (FloatElement*)dy, (FloatElement*)dx, o, k, accumulate, ds, db));
            else if (Element.IsBFloat16<TSum>())
                Run(team, new JointBackwardLoop<BFloat16Element, BFloat16Element>(shape, C, norm, (BFloat16Element*)x, (BFloat16Element*)dy, (BFloat16Element*)dx, o, k, accumulate, ds, db));
            else
                Run(team, new JointBackwardLoop<BFloat16Element, FloatElement>(shape, C, norm, (BFloat16Element*)x, (BFloat16Element*)dy, (FloatElement*)dx, o, k, accumulate, ds, db));
        }
    }

    /// <summary>The gradient of some channels, whole: dense = sum + offset + slope (src - mean).</summary>
    /// <typeparam name="T">The type of the values.</typeparam>
    /// <typeparam name="TSum">The type in which gradients were added up.</typeparam>
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
    public static void TakeGradient<T, TSum>(
        WorkerTeam team, JointShape shape, int first, int channels, ReadOnlySpan<T> src, ReadOnlySpan<float> mean, ReadOnlySpan<TSum> sum, ReadOnlySpan<float> offset,
        ReadOnlySpan<float> slope, Span<T> dense)
        where T : unmanaged
        where TSum : unmanaged
    {
        ArgumentNullException.ThrowIfNull(team);
        shape.Check(channels);
        CheckTypes<T, TSum>();
        Guard.That(first >= 0 && first % shape.Block == 0, $"Channel {first} begins no block of {shape.Block}.");
        CheckPrefix(shape, first + channels, src.Length, mean.Length, mean.Length);
        CheckPrefix(shape, first + channels, sum.Length, offset.Length, slope.Length);
        Guard.Length(dense.Length, shape.Values(channels), nameof(dense));
        fixed (T* x = src, y = dense)
        fixed (TSum* d = sum)
        fixed (float* m = mean, o = offset, k = slope)
        {
            T* from = x + shape.Values(first);
            TSum* held = d + shape.Values(first);
            int c = first;
            if (!Element.IsBFloat16<T>())
                Run(team, new JointGradientLoop<FloatElement, FloatElement>(shape, channels, (FloatElement*)from, (FloatElement*)held, m + c, o + c, k + c, (FloatElement*)y));
            else if (Element.IsBFloat16<TSum>())
                Run(team, new JointGradientLoop<BFloat16Element, BFloat16Element>(shape, channels, (BFloat16Element*)from, (BFloat16Element*)held, m + c, o + c, k + c, (BFloat16Element*)y));
            else
                Run(team, new JointGradientLoop<BFloat16Element, FloatElement>(shape, channels, (BFloat16Element*)from, (FloatElement*)held, m + c, o + c, k + c, (BFloat16Element*)y));
        }
    }

    private static void CheckTypes<T, TSum>() =>
        Guard.That(Element.IsBFloat16<T>() || !Element.IsBFloat16<TSum>(), $"Gradients of float32 values are not added up in bfloat16.");

    private static void Run<T, TSum>(WorkerTeam team, JointBackwardLoop<T, TSum> loop)
        where T : unmanaged, IElement<T>
        where TSum : unmanaged, IElement<TSum> => team.Run(loop.Pieces, ref loop);

    private static void Run<T, TSum>(WorkerTeam team, JointGradientLoop<T, TSum> loop)
        where T : unmanaged, IElement<T>
        where TSum : unmanaged, IElement<TSum> => team.Run(loop.Pieces, ref loop);
}
