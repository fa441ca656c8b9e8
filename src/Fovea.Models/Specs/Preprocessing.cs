namespace Fovea.Models;

/// <summary>
/// What happens to a picture before the first layer: it travels with the model, into the checkpoint and into every prediction.
/// </summary>
public sealed record Preprocessing
{
    /// <summary>Subtracted per channel, in the network's channel order, after <see cref="Scale"/>.</summary>
    public required IReadOnlyList<float> Mean { get; init; }

    /// <summary>Divided by per channel, above 0.</summary>
    public required IReadOnlyList<float> Std { get; init; }

    /// <summary>What a pixel of 0 to 255 is multiplied with; 1/255 by default.</summary>
    public float Scale { get; init; } = 1f / 255f;

    /// <summary>True where the network wants blue, green, red.</summary>
    public bool ReverseChannels { get; init; }

    /// <summary>Geometry in evaluation and prediction, as a transform list: "resize(256) center-crop(224)".</summary>
    public required string EvalTransform { get; init; }

    /// <summary>Geometry and augmentation in training, as a transform list: "random-resized-crop(224) hflip".</summary>
    public required string TrainTransform { get; init; }
}

/// <summary>Preprocessing by family; each network names the one of its source.</summary>
internal static class Preprocessings
{
    // ImageNet's channel statistics as torchvision publishes them.
    private static readonly float[] ImageNetMean = [0.485f, 0.456f, 0.406f];
    private static readonly float[] ImageNetStd = [0.229f, 0.224f, 0.225f];

    /// <summary>Photographs: shorter side to 8/7 of the network's input, then its centre; random resized crops and flips in training.</summary>
    public static Preprocessing Photographs(int channels, int h, int w) => new()
    {
        Mean = Channels(channels, ImageNetMean),
        Std = Channels(channels, ImageNetStd),
        EvalTransform = h == w ? $"resize({(h * 8 + 6) / 7}) center-crop({h})" : $"resize({h}x{w})",
        TrainTransform = h == w ? $"random-resized-crop({h}) hflip" : $"resize({h}x{w}) hflip",
    };

    /// <summary>Small images: padded crops and flips in training.</summary>
    public static Preprocessing SmallImages(int channels, int h, int w) => new()
    {
        Mean = Channels(channels, ImageNetMean),
        Std = Channels(channels, ImageNetStd),
        EvalTransform = $"resize({h}x{w})",
        TrainTransform = h == w ? $"resize({h}x{w}) random-crop({h},padding={Math.Max(1, h / 8)}) hflip" : $"resize({h}x{w}) hflip",
    };

    /// <summary>
    /// CIFAR-10's statistics; in training a shift by up to a sixteenth of the side, the border mirrored, and flips that alternate by epoch (Jordan 2024, arXiv 2404.00498,
    /// sections 3.1 and 3.6).
    /// </summary>
    public static Preprocessing AirBench(int channels, int h, int w) => new()
    {
        Mean = Channels(channels, [0.4914f, 0.4822f, 0.4465f]),
        Std = Channels(channels, [0.2470f, 0.2435f, 0.2616f]),
        EvalTransform = $"resize({h}x{w})",
        TrainTransform = $"resize({h}x{w}) random-crop({(h == w ? $"{h}" : $"{h}x{w}")},padding={Math.Max(1, h / 16)},mode=reflect) alternating-flip",
    };

    /// <summary>Grey images with Fashion-MNIST's statistics; no augmentation, as digits and letters must not be mirrored.</summary>
    public static Preprocessing Grey(int channels, int h, int w) => new()
    {
        Mean = Channels(channels, [0.2860f]),
        Std = Channels(channels, [0.3530f]),
        EvalTransform = $"resize({h}x{w})",
        TrainTransform = $"resize({h}x{w})",
    };

    /// <summary>One value per channel: as given, or their mean where the channel count is another.</summary>
    private static float[] Channels(int channels, float[] values) =>
        channels == values.Length ? values : [.. Enumerable.Repeat(MathF.Round(values.Average(), 4), channels)];
}
