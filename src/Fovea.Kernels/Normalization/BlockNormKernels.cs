using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <summary>
/// Batch normalisation (Ioffe and Szegedy, 2015) in training over images in blocks of 16 channels, [N][C/16][HW][16], of float32 (<see cref="float"/>) or of bfloat16
/// (<see cref="ushort"/>); arithmetic, statistics and sums are float32 and wider. A block of channels is one worker's work from the first pass to the last, so that it
/// finds in the cache what it reads again, and sums never depend on the threads.
/// </summary>
public static unsafe class BlockNormKernels
{
    /// <summary>Channels of a block.</summary>
    public const int Block = Element.Lanes;

    /// <summary>dst = (src - mean) / sqrt(variance + epsilon) * scale + shift; with <paramref name="relu"/> negative results become 0.</summary>
    /// <typeparam name="T">The type of the values.</typeparam>
    /// <param name="team">The threads.</param>
    /// <param name="n">Images.</param>
    /// <param name="hw">Pixels of an image.</param>
    /// <param name="epsilon">Added to the variance, above 0.</param>
    /// <param name="measure">True computes mean and biased variance over the batch first; false takes those that are given.</param>
    /// <param name="src">[N][C/16][HW][16].</param>
    /// <param name="mean">[C].</param>
    /// <param name="variance">[C].</param>
    /// <param name="scale">[C], C a multiple of 16.</param>
    /// <param name="shift">[C].</param>
    /// <param name="relu">True applies max(0, x); NaN stays NaN.</param>
    /// <param name="dst">As <paramref name="src"/>, and may be the same memory.</param>
    public static void Forward<T>(
        WorkerTeam team, int n, int hw, float epsilon, bool measure, ReadOnlySpan<T> src, Span<float> mean, Span<float> variance, ReadOnlySpan<float> scale,
        ReadOnlySpan<float> shift, bool relu, Span<T> dst)
        where T : unmanaged
    {
        Check(team, n, hw, src.Length, mean.Length, variance.Length, scale.Length, shift.Length);
        Guard.Length(dst.Length, src.Length, nameof(dst));
        fixed (T* x = src, y = dst)
        fixed (float* m = mean, v = variance, s = scale, b = shift)
        {
            (NormParameters norm, BlockShape shape) = (new(epsilon, m, v, s, b, relu), new(n, hw, scale.Length / Block));
            if (Element.IsBFloat16<T>())
            {
                BlockForwardLoop<BFloat16Element> loop = new(shape, norm, measure, (BFloat16Element*)x, (BFloat16Element*)y);
                team.Run(shape.Groups, ref loop);
            }
            else
            {
                BlockForwardLoop<FloatElement> loop = new(shape, norm, measure, (FloatElement*)x, (FloatElement*)y);
                team.Run(shape.Groups, ref loop);
            }
        }
    }

    /// <summary>The gradients of source, scale and shift when mean and variance are the batch's own.</summary>
    /// <typeparam name="T">The type of the values.</typeparam>
    /// <param name="team">The threads.</param>
    /// <param name="n">Images.</param>
    /// <param name="hw">Pixels of an image.</param>
    /// <param name="epsilon">As in the forward pass.</param>
    /// <param name="src">The forward pass's source.</param>
    /// <param name="mean">[C], of the forward pass.</param>
    /// <param name="variance">[C], of the forward pass.</param>
    /// <param name="scale">[C].</param>
    /// <param name="shift">[C].</param>
    /// <param name="relu">True where a ReLU was applied: <paramref name="diffDst"/> is the gradient of its result, and where it let nothing through is computed again.</param>
    /// <param name="diffDst">As <paramref name="src"/>.</param>
    /// <param name="diffSrc">As <paramref name="src"/>; may be <paramref name="diffDst"/>'s memory.</param>
    /// <param name="diffScale">[C].</param>
    /// <param name="diffShift">[C].</param>
    public static void Backward<T>(
        WorkerTeam team, int n, int hw, float epsilon, ReadOnlySpan<T> src, ReadOnlySpan<float> mean, ReadOnlySpan<float> variance, ReadOnlySpan<float> scale,
        ReadOnlySpan<float> shift, bool relu, ReadOnlySpan<T> diffDst, Span<T> diffSrc, Span<float> diffScale, Span<float> diffShift)
        where T : unmanaged
    {
        Check(team, n, hw, src.Length, mean.Length, variance.Length, scale.Length, shift.Length);
        Guard.Length(diffDst.Length, src.Length, nameof(diffDst));
        Guard.Length(diffSrc.Length, src.Length, nameof(diffSrc));
        Guard.Length(diffScale.Length, scale.Length, nameof(diffScale));
        Guard.Length(diffShift.Length, scale.Length, nameof(diffShift));
        fixed (T* x = src, dy = diffDst, dx = diffSrc)
        fixed (float* m = mean, v = variance, s = scale, b = shift, ds = diffScale, db = diffShift)
        {
            (NormParameters norm, BlockShape shape) = (new(epsilon, m, v, s, b, relu), new(n, hw, scale.Length / Block));
            if (Element.IsBFloat16<T>())
            {
                BlockBackwardLoop<BFloat16Element> loop = new(shape, norm, (BFloat16Element*)x, (BFloat16Element*)dy, (BFloat16Element*)dx, ds, db);
                team.Run(shape.Groups, ref loop);
            }
            else
            {
                BlockBackwardLoop<FloatElement> loop = new(shape, norm, (FloatElement*)x, (FloatElement*)dy, (FloatElement*)dx, ds, db);
                team.Run(shape.Groups, ref loop);
            }
        }
    }

    private static void Check(WorkerTeam team, int n, int hw, int src, int mean, int variance, int scale, int shift)
    {
        ArgumentNullException.ThrowIfNull(team);
        Guard.That(n > 0 && hw > 0 && scale > 0 && scale % Block == 0, $"Blocks of {Block} channels want images, pixels and whole blocks, got {n}, {hw} and {scale} channels.");
        Guard.Length(src, (long)n * hw * scale, nameof(src));
        Guard.Length(mean, scale, nameof(mean));
        Guard.Length(variance, scale, nameof(variance));
        Guard.Length(shift, scale, nameof(shift));
    }
}
