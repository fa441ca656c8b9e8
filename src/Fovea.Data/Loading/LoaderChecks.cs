using Fovea.Data.Transforms;
using Fovea.Kernels;

namespace Fovea.Data.Loading;

/// <summary>What can be known to be wrong before the first picture is read.</summary>
internal static class LoaderChecks
{
    public static void Check(IImageDataset dataset, TransformPipeline transforms, LoaderOptions options)
    {
        if (dataset.Count < 1)
            throw new FoveaException($"Loading {dataset.Name}: the data set has no samples.");
        Range("--batch-size", options.BatchSize, 1, int.MaxValue);
        Range("--workers", options.Workers, 1, 256);
        Range("the number of prefetched batches", options.PrefetchBatches, 1, 1024);
        Range("the image height", options.Height, 1, 65535);
        Range("the image width", options.Width, 1, 65535);
        if (options.Channels is not (1 or 3))
            throw new FoveaException($"Loading {dataset.Name}: {options.Channels} channels were asked for; pictures have 1 (grey) or 3 (red, "
                + "green, blue).");
        if (!(options.BrokenLimit >= 0 && options.BrokenLimit <= 1))
            throw new FoveaException($"The share of samples that may be broken, {options.BrokenLimit}, must be from 0 to 1.");
        if (options.MaxPixels < 1)
            throw new FoveaException($"The limit on a picture's pixels, {options.MaxPixels}, must be at least 1.");
        long bytes = (long)Math.Min(options.BatchSize, dataset.Count) * options.Height * options.Width * options.Channels;
        if (bytes > Array.MaxLength)
            throw new FoveaException($"A batch of {options.BatchSize} images of {options.Channels}x{options.Height}x{options.Width} has {bytes} "
                + "bytes, more than the "
                + $"{Array.MaxLength} that a batch can hold: make --batch-size or the images smaller.");
        foreach (Transform transform in transforms.Transforms)
            transform.CheckChannels(options.Channels);
        CheckSize(dataset, transforms, options);
    }

    private static void CheckSize(IImageDataset dataset, TransformPipeline transforms, LoaderOptions options)
    {
        string what = transforms.Transforms.Count == 0 ? "without transforms" : $"after '{transforms}'";
        if (transforms.OutputSize(dataset.FixedSize) is not { } size)
            throw new FoveaException($"Loading {dataset.Name}: {what} the pictures still vary in size, but those of a batch must be "
                + $"{options.Height}x{options.Width} "
                + $"(height x width). End the transforms with such as center-crop({options.Height}x{options.Width}) or "
                + $"resize({options.Height}x{options.Width}).");
        if (size != (options.Width, options.Height))
            throw new FoveaException($"Loading {dataset.Name}: {what} the pictures are {size.Height}x{size.Width} (height x width), but the "
                + "network takes "
                + $"{options.Height}x{options.Width}. Change the transforms, or give the network that input size.");
    }

    private static void Range(string what, int value, int min, int max)
    {
        if (value < min || value > max)
            throw new FoveaException(max == int.MaxValue ? $"{what} {value}: must be {min} or more." : $"{what} {value}: must be from {min} to "
                + $"{max}.");
    }
}
