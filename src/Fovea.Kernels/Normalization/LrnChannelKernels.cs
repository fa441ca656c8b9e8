using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <summary>
/// Local response normalisation as <see cref="LrnKernels"/> defines it, over tensors whose channels lie beside each other: NHWC, and oneDNN's nChw16c, where 16
/// channels of a pixel lie together. The backward pass computes the scale again from src: nothing is kept from the forward pass.
/// </summary>
public static class LrnChannelKernels
{
    /// <summary>The most channels that a worker's stack holds the rows of.</summary>
    public const int MaxChannels = 8192;

    /// <summary>Channels of a block of nChw16c.</summary>
    public const int Block = 16;

    /// <summary>dst from src.</summary>
    /// <param name="team">The threads.</param>
    /// <param name="N">Images.</param>
    /// <param name="C">Channels, at most <see cref="MaxChannels"/>.</param>
    /// <param name="HW">Pixels of an image.</param>
    /// <param name="blocked">True for nChw16c, whose channels are padded to a multiple of 16 with zeros (kept zero in the result); false for NHWC.</param>
    /// <param name="size">Channels of the window, 1 to 64.</param>
    /// <param name="alphaOverSize">alpha / size, the factor of the plain sum (the paper's alpha).</param>
    /// <param name="beta">The exponent; 0.75 takes two square roots in place of a power.</param>
    /// <param name="k">The constant; the scale must come out positive.</param>
    /// <param name="src">The values.</param>
    /// <param name="dst">The result; not <paramref name="src"/>.</param>
    public static unsafe void Forward(
        WorkerTeam team, int N, int C, int HW, bool blocked, int size, float alphaOverSize, float beta, float k, ReadOnlySpan<float> src, Span<float> dst)
    {
        ArgumentNullException.ThrowIfNull(team);
        LrnPixels pixels = Pixels(N, C, HW, blocked, size, src.Length);
        Guard.Length(dst.Length, src.Length, nameof(dst));
        fixed (float* source = src, target = dst)
        {
            if (beta == 0.75f)
            {
                LrnChannelForward<ThreeQuarters> loop = new(pixels, alphaOverSize, k, default, source, target);
                team.Run(N * pixels.Strips, ref loop);
            }
            else
            {
                LrnChannelForward<AnyPower> loop = new(pixels, alphaOverSize, k, new AnyPower(beta), source, target);
                team.Run(N * pixels.Strips, ref loop);
            }
        }
    }

    /// <summary>diffSrc, which is neither of the others, from src and diffDst.</summary>
    /// <inheritdoc cref="Forward(WorkerTeam, int, int, int, bool, int, float, float, float, ReadOnlySpan{float}, Span{float})"/>
    public static unsafe void Backward(
        WorkerTeam team, int N, int C, int HW, bool blocked, int size, float alphaOverSize, float beta, float k,
        ReadOnlySpan<float> src, ReadOnlySpan<float> diffDst, Span<float> diffSrc)
    {
        ArgumentNullException.ThrowIfNull(team);
        LrnPixels pixels = Pixels(N, C, HW, blocked, size, src.Length);
        Guard.Length(diffDst.Length, src.Length, nameof(diffDst));
        Guard.Length(diffSrc.Length, src.Length, nameof(diffSrc));
        float factor = 2f * alphaOverSize * beta;
        fixed (float* source = src, gradient = diffDst, target = diffSrc)
        {
            if (beta == 0.75f)
            {
                LrnChannelBackward<ThreeQuarters> loop = new(pixels, alphaOverSize, k, factor, default, source, gradient, target);
                team.Run(N * pixels.Strips, ref loop);
            }
            else
            {
                LrnChannelBackward<AnyPower> loop = new(pixels, alphaOverSize, k, factor, new AnyPower(beta), source, gradient, target);
                team.Run(N * pixels.Strips, ref loop);
            }
        }
    }

    private static LrnPixels Pixels(int N, int C, int HW, bool blocked, int size, int length)
    {
        Guard.That(N >= 0 && C is > 0 and <= MaxChannels && HW > 0 && size is >= 1 and <= 64,
            $"LRN takes a window of 1 to 64 channels over 1 to {MaxChannels} of them, got size {size} over [{N}, {C}, {HW}].");
        LrnPixels pixels = new(blocked ? (C + Block - 1) / Block * Block : C, HW, size, blocked);
        Guard.Length(length, (long)N * pixels.Channels * HW, "src");
        return pixels;
    }
}
