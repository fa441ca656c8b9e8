using Fovea.Imaging;
using Fovea.Kernels;

namespace Fovea.Data.Transforms;

/// <summary>
/// <c>pca-noise</c> or <c>pca-noise(0.1)</c>: adds to every pixel the same colour, the sum over ImageNet's three principal components of colour of component
/// times its strength times a draw from N(0, S); S from 0 to 10, default 0.1 (Krizhevsky et al. 2012, section 4.1). Values are rounded and clipped.
/// Colour pictures only.
/// </summary>
/// <remarks>
/// The paper does not print the components. These are the ones that facebook/fb.resnet.torch (datasets/imagenet.lua, <c>pca</c>) computed of ImageNet's
/// training pixels, values from 0 to 1 (0.2175, 0.0188, 0.0045), and that later implementations share; they are used as published, multiplied with the draw.
/// </remarks>
public sealed class PcaNoise : Transform
{
    private const double DefaultDeviation = 0.1;
    private static readonly double[] Strengths = [0.2175, 0.0188, 0.0045];

    // A row for each of red, green, blue; a column for each component.
    private static readonly double[] Components =
        [-0.5675, 0.7192, 0.4009, -0.5808, -0.0045, -0.8140, -0.5836, -0.6948, 0.4203];

    private readonly double _deviation;

    private PcaNoise(TransformArguments arguments) => _deviation = arguments.Number("std", DefaultDeviation, 0, 10, position: 0);

    internal static TransformSpec Spec { get; } = new("pca-noise", "pca-noise(std=0.1)", a => new PcaNoise(a));

    /// <inheritdoc/>
    public override bool IsRandom => _deviation > 0;

    /// <inheritdoc/>
    public override (int Width, int Height)? OutputSize((int Width, int Height)? input) => input;

    /// <inheritdoc/>
    public override void CheckChannels(int channels)
    {
        if (channels != 3)
            throw new FoveaException($"Transform '{this}': it moves pictures along the principal components of red, green and blue, and these have "
                + $"{channels} channel. Leave it out, or take color-jitter(brightness=0.1) for grey pictures.");
    }

    /// <inheritdoc/>
    public override bool Apply(Image source, Image target, TransformDraws draws)
    {
        ArgumentNullException.ThrowIfNull(source);
        CheckChannels(source.Channels);
        Span<byte> table = stackalloc byte[256];
        Span<byte> pixels = source.Pixels;
        for (int channel = 0; channel < 3; channel++)
        {
            double shift = Shift(channel, draws);
            for (int i = 0; i < 256; i++)
                table[i] = (byte)Math.Clamp(Math.Round(i + shift), 0, 255);
            for (int i = channel; i < pixels.Length; i += 3)
                pixels[i] = table[pixels[i]];
        }
        return false;
    }

    /// <summary>What is added to a channel, in levels of 0 to 255.</summary>
    internal double Shift(int channel, TransformDraws draws)
    {
        double sum = 0;
        for (int c = 0; c < 3; c++)
            sum += Components[3 * channel + c] * Strengths[c] * _deviation * draws.Normal(2 * c);
        return 255 * sum;
    }

    /// <inheritdoc/>
    public override string ToString() => _deviation == DefaultDeviation ? "pca-noise" : $"pca-noise({TransformArguments.Text(_deviation)})";
}
