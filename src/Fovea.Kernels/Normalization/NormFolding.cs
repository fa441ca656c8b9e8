using System.Numerics;

namespace Fovea.Kernels;

/// <summary>A batch normalisation with fixed statistics, folded into the convolution before it.</summary>
public static class NormFolding
{
    /// <summary>
    /// foldedWeights = weights * f and foldedBias = (bias - mean) * f + shift with f = scale / sqrt(variance + epsilon), output channel by output channel.
    /// </summary>
    /// <param name="epsilon">Added to the variance, above 0.</param>
    /// <param name="weights">[OC, ...]: any number of values per output channel.</param>
    /// <param name="bias">[OC], or empty for none.</param>
    /// <param name="scale">[OC].</param>
    /// <param name="shift">[OC].</param>
    /// <param name="mean">[OC].</param>
    /// <param name="variance">[OC].</param>
    /// <param name="foldedWeights">As long as <paramref name="weights"/>.</param>
    /// <param name="foldedBias">[OC].</param>
    public static void Fold(
        float epsilon, ReadOnlySpan<float> weights, ReadOnlySpan<float> bias, ReadOnlySpan<float> scale, ReadOnlySpan<float> shift,
        ReadOnlySpan<float> mean, ReadOnlySpan<float> variance, Span<float> foldedWeights, Span<float> foldedBias)
    {
        int channels = scale.Length;
        Guard.That(channels > 0 && weights.Length % channels == 0, $"Folding takes weights of {channels} channels, got {weights.Length} values.");
        Guard.Length(bias.Length, bias.IsEmpty ? 0 : channels, nameof(bias));
        Guard.Length(shift.Length, channels, nameof(shift));
        Guard.Length(mean.Length, channels, nameof(mean));
        Guard.Length(variance.Length, channels, nameof(variance));
        Guard.Length(foldedWeights.Length, weights.Length, nameof(foldedWeights));
        Guard.Length(foldedBias.Length, channels, nameof(foldedBias));
        int each = weights.Length / channels;
        for (int c = 0; c < channels; c++)
        {
            double factor = scale[c] / Math.Sqrt(variance[c] + (double)epsilon);
            foldedBias[c] = (float)((((bias.IsEmpty ? 0.0 : bias[c]) - mean[c]) * factor) + shift[c]);
            Multiply(weights.Slice(c * each, each), (float)factor, foldedWeights.Slice(c * each, each));
        }
    }

    private static void Multiply(ReadOnlySpan<float> src, float factor, Span<float> dst)
    {
        int i = 0;
        for (; i <= src.Length - Vector<float>.Count; i += Vector<float>.Count)
            (new Vector<float>(src[i..]) * factor).CopyTo(dst[i..]);
        for (; i < src.Length; i++)
            dst[i] = src[i] * factor;
    }
}
