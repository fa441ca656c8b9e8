using Fovea.Data;
using Fovea.Data.Transforms;
using Fovea.Kernels;
using Fovea.Models;

namespace Fovea.Training;

/// <summary>Test-time augmentation: several looks at each image, whose probabilities are averaged.</summary>
public enum TestTimeAugmentation
{
    /// <summary>The image as the model's transforms give it.</summary>
    None,

    /// <summary>The image and its mirror image.</summary>
    Flip,

    /// <summary>Four corners and the centre of the uncropped image, and their mirror images: ten-crop evaluation of the AlexNet paper (2012, section
    /// 4.1).</summary>
    TenCrop,

    /// <summary>
    /// The image and its mirror image with half of the weight, and both shifted by a pixel up and left and down and right, the border mirrored, with the other half: the
    /// multi-crop evaluation of Jordan 2024 (arXiv 2404.00498, section 3.5).
    /// </summary>
    FlipTranslate,
}

/// <summary>The looks at an image: how it is read, and which windows of it the network gets.</summary>
/// <param name="Transforms">What is done to the picture first.</param>
/// <param name="Width">Its width in pixels then.</param>
/// <param name="Height">Its height in pixels then.</param>
/// <param name="Views">The windows, each as large as the network's input.</param>
internal sealed record TestTimeViews(TransformPipeline Transforms, int Width, int Height, IReadOnlyList<View> Views)
{
    // Larger than any crop: what a square of this side becomes, every square becomes.
    private const int AnySide = 1 << 15;

    /// <summary>The looks that a network's own preprocessing allows.</summary>
    /// <exception cref="FoveaException">Transforms are random, or ten crops do not come of them.</exception>
    public static TestTimeViews Of(Architecture architecture, IImageDataset split, TestTimeAugmentation augmentation)
    {
        (int width, int height) = (architecture.Input.W, architecture.Input.H);
        TransformPipeline transforms = TransformPipeline.Parse(architecture.Preprocessing.EvalTransform);
        if (transforms.IsRandom)
            throw new FoveaException($"--eval-transform '{transforms}': evaluation takes no random transforms, since its result would be one of "
                + $"chance.");
        View whole = new(0, 0, false);
        return augmentation switch
        {
            TestTimeAugmentation.Flip => new(transforms, width, height, [whole, whole with { Mirrored = true }]),
            TestTimeAugmentation.FlipTranslate => new(transforms, width, height, FlipTranslate(width, height)),
            TestTimeAugmentation.TenCrop => TenCrop(transforms, split, width, height),
            _ => new(transforms, width, height, [whole]),
        };
    }

    /// <summary>The sum of the views' weights.</summary>
    public int Weight => Views.Sum(view => view.Weight);

    /// <summary>Copies a window of an image, mirrored where the view says so; where it reaches over the edges, the image is mirrored into it.</summary>
    /// <param name="view">Which window.</param>
    /// <param name="image">Height x Width x channels bytes.</param>
    /// <param name="target">height x width x channels bytes.</param>
    /// <param name="width">The window's width in pixels.</param>
    /// <param name="channels">Bytes of a pixel.</param>
    public void Cut(View view, ReadOnlySpan<byte> image, Span<byte> target, int width, int channels)
    {
        int row = width * channels;
        for (int y = 0; y * row < target.Length; y++)
        {
            Span<byte> to = target.Slice(y * row, row);
            int start = Inside(view.Y + y, Height) * Width;
            if (view.X < 0 || view.X + width > Width)
            {
                for (int x = 0; x < width; x++)
                    image.Slice((start + Inside(view.X + (view.Mirrored ? width - 1 - x : x), Width)) * channels, channels).CopyTo(to[(x * channels)..]);
                continue;
            }
            ReadOnlySpan<byte> from = image.Slice((start + view.X) * channels, row);
            if (!view.Mirrored)
            {
                from.CopyTo(to);
                continue;
            }
            for (int x = 0; x < width; x++)
                from.Slice((width - 1 - x) * channels, channels).CopyTo(to.Slice(x * channels, channels));
        }
    }

    /// <summary>The pixel that a place outside shows, mirrored at the outermost one.</summary>
    private static int Inside(int at, int size) => at < 0 ? -at : at < size ? at : (2 * size) - 2 - at;

    private static View[] FlipTranslate(int width, int height)
    {
        if (Math.Min(width, height) < 2)
            throw new FoveaException($"--tta flip-translate shifts images by a pixel; the network's are {height}x{width} (height x width). Use --tta flip.");
        View[] straight = [new(0, 0, false, Weight: 2), new(-1, -1, false), new(1, 1, false)];
        return [.. straight, .. straight.Select(view => view with { Mirrored = true })];
    }

    /// <summary>The last crop is left out, and the square (or the picture of fixed size) that it would have cut from gives the ten.</summary>
    private static TestTimeViews TenCrop(TransformPipeline transforms, IImageDataset split, int width, int height)
    {
        if (transforms.Transforms is not [.., CenterCrop])
            throw NoCrops(transforms, width);
        TransformPipeline before = TransformPipeline.Parse(string.Join(' ', transforms.Transforms.SkipLast(1)));
        if (before.OutputSize(split.FixedSize) is not { } size)
        {
            size = before.OutputSize((AnySide, AnySide)) is { Width: < AnySide } square ? square : throw NoCrops(transforms, width);
            before = TransformPipeline.Parse($"{before} center-crop({size.Height}x{size.Width})");
        }
        (int right, int bottom) = (size.Width - width, size.Height - height);
        if (right < 0 || bottom < 0)
            throw NoCrops(transforms, width);
        (int X, int Y)[] places = [(0, 0), (right, 0), (0, bottom), (right, bottom), (right / 2, bottom / 2)];
        return new TestTimeViews(before, size.Width, size.Height,
            [.. places.Select(p => new View(p.X, p.Y, false)), .. places.Select(p => new View(p.X, p.Y, true))]);
    }

    private static FoveaException NoCrops(TransformPipeline transforms, int width) => new(
        $"--tta ten-crop: the model's evaluation transforms are '{transforms}', and ten crops are cut from what stands before a last center-crop, "
        + $"such as 'resize({width * 8 / 7}) center-crop({width})'. Use --tta flip, or train with such an --eval-transform.");
}

/// <summary>A window of an image.</summary>
/// <param name="X">Its left edge.</param>
/// <param name="Y">Its upper edge.</param>
/// <param name="Mirrored">Whether left and right are exchanged.</param>
/// <param name="Weight">Its weight in the average.</param>
internal readonly record struct View(int X, int Y, bool Mirrored, int Weight = 1);
