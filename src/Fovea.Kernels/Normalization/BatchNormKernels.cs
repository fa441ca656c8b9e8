using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <summary>
/// Batch normalisation (Ioffe and Szegedy, 2015) of plain [N, C, HW] tensors: dst = (src - mean) / sqrt(variance + epsilon) * scale + shift, channel by channel.
/// A channel is one worker's work, so sums never depend on the threads.
/// </summary>
public static unsafe class BatchNormKernels
{
    /// <summary>Each channel's mean and biased variance over the batch, summed in double.</summary>
    /// <param name="team">The threads.</param>
    /// <param name="N">Images.</param>
    /// <param name="C">Channels.</param>
    /// <param name="HW">Pixels of a plane.</param>
    /// <param name="src">[N, C, HW].</param>
    /// <param name="mean">[C].</param>
    /// <param name="variance">[C].</param>
    public static void Statistics(WorkerTeam team, int N, int C, int HW, ReadOnlySpan<float> src, Span<float> mean, Span<float> variance)
    {
        ArgumentNullException.ThrowIfNull(team);
        Check(N, C, HW, src.Length, mean.Length, variance.Length);
        fixed (float* x = src, m = mean, v = variance)
        {
            StatisticsLoop loop = new(new BatchNormShape(N, C, HW), x, m, v);
            team.Run(C, ref loop);
        }
    }

    /// <summary>Normalises; with <paramref name="relu"/> negative results become 0. <paramref name="dst"/> may be <paramref name="src"/>.</summary>
    /// <param name="team">The threads.</param>
    /// <param name="N">Images.</param>
    /// <param name="C">Channels.</param>
    /// <param name="HW">Pixels of a plane.</param>
    /// <param name="epsilon">Added to the variance, above 0.</param>
    /// <param name="src">[N, C, HW].</param>
    /// <param name="mean">[C].</param>
    /// <param name="variance">[C].</param>
    /// <param name="scale">[C].</param>
    /// <param name="shift">[C].</param>
    /// <param name="relu">True applies max(0, x).</param>
    /// <param name="dst">[N, C, HW].</param>
    public static void Forward(
        WorkerTeam team, int N, int C, int HW, float epsilon, ReadOnlySpan<float> src, ReadOnlySpan<float> mean, ReadOnlySpan<float> variance,
        ReadOnlySpan<float> scale, ReadOnlySpan<float> shift, bool relu, Span<float> dst)
    {
        ArgumentNullException.ThrowIfNull(team);
        Check(N, C, HW, src.Length, mean.Length, variance.Length);
        Guard.Length(dst.Length, src.Length, nameof(dst));
        Guard.Length(scale.Length, C, nameof(scale));
        Guard.Length(shift.Length, C, nameof(shift));
        fixed (float* x = src, y = dst, m = mean, v = variance, s = scale, b = shift)
        {
            ForwardLoop loop = new(new BatchNormShape(N, C, HW), epsilon, x, m, v, s, b, relu ? 0f : float.NegativeInfinity, y);
            team.Run(C, ref loop);
        }
    }

    /// <summary>The gradients of source, scale and shift when mean and variance are the batch's own.</summary>
    /// <param name="team">The threads.</param>
    /// <param name="N">Images.</param>
    /// <param name="C">Channels.</param>
    /// <param name="HW">Pixels of a plane.</param>
    /// <param name="epsilon">As in the forward pass.</param>
    /// <param name="src">[N, C, HW].</param>
    /// <param name="mean">[C], of the forward pass.</param>
    /// <param name="variance">[C], of the forward pass.</param>
    /// <param name="scale">[C].</param>
    /// <param name="diffDst">[N, C, HW].</param>
    /// <param name="diffSrc">[N, C, HW]; may be <paramref name="diffDst"/>.</param>
    /// <param name="diffScale">[C].</param>
    /// <param name="diffShift">[C].</param>
    public static void Backward(
        WorkerTeam team, int N, int C, int HW, float epsilon, ReadOnlySpan<float> src, ReadOnlySpan<float> mean, ReadOnlySpan<float> variance,
        ReadOnlySpan<float> scale, ReadOnlySpan<float> diffDst, Span<float> diffSrc, Span<float> diffScale, Span<float> diffShift)
    {
        ArgumentNullException.ThrowIfNull(team);
        Check(N, C, HW, src.Length, mean.Length, variance.Length);
        Guard.Length(diffDst.Length, src.Length, nameof(diffDst));
        Guard.Length(diffSrc.Length, src.Length, nameof(diffSrc));
        Guard.Length(scale.Length, C, nameof(scale));
        Guard.Length(diffScale.Length, C, nameof(diffScale));
        Guard.Length(diffShift.Length, C, nameof(diffShift));
        fixed (float* x = src, dy = diffDst, dx = diffSrc, m = mean, v = variance, s = scale, ds = diffScale, db = diffShift)
        {
            BackwardLoop loop = new(new BatchNormShape(N, C, HW), epsilon, x, m, v, s, dy, dx, ds, db);
            team.Run(C, ref loop);
        }
    }

    /// <summary>running = (1 - momentum) * running + momentum * batch, with the unbiased variance, as PyTorch keeps them.</summary>
    /// <param name="count">Values per channel, N * HW.</param>
    /// <param name="momentum">Share of the batch, 0 to 1.</param>
    /// <param name="mean">[C], of the batch.</param>
    /// <param name="variance">[C], of the batch, biased.</param>
    /// <param name="runningMean">[C].</param>
    /// <param name="runningVariance">[C].</param>
    public static void UpdateRunning(
        long count, float momentum, ReadOnlySpan<float> mean, ReadOnlySpan<float> variance, Span<float> runningMean, Span<float> runningVariance)
    {
        Guard.Length(variance.Length, mean.Length, nameof(variance));
        Guard.Length(runningMean.Length, mean.Length, nameof(runningMean));
        Guard.Length(runningVariance.Length, mean.Length, nameof(runningVariance));
        float unbias = count > 1 ? (float)(count / (count - 1.0)) : 1f;
        for (int c = 0; c < mean.Length; c++)
        {
            runningMean[c] = ((1 - momentum) * runningMean[c]) + (momentum * mean[c]);
            runningVariance[c] = ((1 - momentum) * runningVariance[c]) + (momentum * variance[c] * unbias);
        }
    }

    private static void Check(int N, int C, int HW, int src, int mean, int variance)
    {
        Guard.That(N > 0 && C > 0 && HW > 0, $"Batch normalisation takes [N, C, HW], got [{N}, {C}, {HW}].");
        Guard.Length(src, (long)N * C * HW, nameof(src));
        Guard.Length(mean, C, nameof(mean));
        Guard.Length(variance, C, nameof(variance));
    }
}
