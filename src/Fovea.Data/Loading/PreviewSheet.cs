using Fovea.Data.Transforms;
using Fovea.Imaging;
using Fovea.Kernels;

namespace Fovea.Data.Loading;

/// <summary>A row of a <see cref="PreviewSheet"/>.</summary>
/// <param name="Sample">The index in the data set.</param>
/// <param name="Class">Its class.</param>
/// <param name="Source">Where it comes from.</param>
/// <param name="Problem">Why it cannot be shown; null where it is.</param>
public sealed record PreviewRow(int Sample, string Class, string Source, string? Problem);

/// <summary>
/// What a network will be fed, as one picture: a row for each of the first samples of an epoch, the original (fitted into a tile) and then the sample as that
/// epoch and the following ones see it, pixel by pixel what the loader delivers. Tiles below 96 pixels are enlarged by a whole factor.
/// </summary>
public sealed class PreviewSheet
{
    private const int Gap = 4, GapAfterOriginal = 12, Enlarged = 96;
    private const long LargestSheet = 120_000_000;
    private const byte Paper = 255;
    private readonly Image _tile = new();
    private readonly int _tileWidth, _tileHeight, _factor;

    private PreviewSheet(int tileWidth, int tileHeight) =>
        (_tileWidth, _tileHeight, _factor) = (tileWidth, tileHeight, Math.Max(1, (Enlarged + Math.Max(tileWidth, tileHeight) - 1) / Math.Max(tileWidth, tileHeight)));

    /// <summary>The picture.</summary>
    public Image Picture { get; } = new();

    /// <summary>Its rows from top to bottom.</summary>
    public IReadOnlyList<PreviewRow> Rows { get; private set; } = [];

    /// <summary>Pixels on a side that stand for one pixel of a sample: 1 unless tiles are small.</summary>
    public int Scale => _factor;

    /// <summary>Draws the sheet.</summary>
    /// <param name="dataset">The data.</param>
    /// <param name="transforms">What is done to each picture.</param>
    /// <param name="options">How the loader reads: size, channels, seed, order, limits.</param>
    /// <param name="count">Samples, 1 or more; the data set's own count where that is less.</param>
    /// <param name="draws">Epochs shown of each, 1 or more.</param>
    /// <param name="epoch">The first of them, from 0.</param>
    /// <exception cref="FoveaException">The transforms do not fit the data and size, or the sheet would be too large.</exception>
    public static PreviewSheet Make(IImageDataset dataset, TransformPipeline transforms, LoaderOptions options, int count, int draws, int epoch)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(transforms);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(draws, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        LoaderChecks.Check(dataset, transforms, options);
        count = Math.Min(count, dataset.Count);
        var sheet = new PreviewSheet(options.Width, options.Height);
        long width = sheet.Left(draws) + sheet._tileWidth * (long)sheet._factor + Gap, height = sheet.Top(count);
        if (width * height > LargestSheet)
            throw new FoveaException($"A preview of {count} samples with {draws} draws would have {width}x{height} pixels, more than {LargestSheet}: ask for "
                + "fewer with --count or --draws.");
        sheet.Picture.Reset((int)width, (int)height, options.Channels);
        sheet.Picture.Pixels.Fill(Paper);
        int[] order = new int[dataset.Count];
        Loader.Arrange(order, options, epoch);
        var originals = new SampleReader(dataset, TransformPipeline.Empty, options with { ScaledDecode = false });
        var reader = new SampleReader(dataset, transforms, options);
        sheet.Rows = [.. Enumerable.Range(0, count).Select(row => sheet.Draw(row, order[row], dataset, originals, reader, draws, epoch))];
        return sheet;
    }

    /// <summary>Where the tile of draw <paramref name="draw"/> (from 1; 0 is the original) in row <paramref name="row"/> (from 0) begins.</summary>
    internal (int X, int Y) Place(int row, int draw) => ((int)Left(draw), (int)Top(row));

    private long Left(int draw) => Gap + draw * (long)(_tileWidth * _factor + Gap) + (draw > 0 ? GapAfterOriginal - Gap : 0);

    private long Top(int row) => Gap + row * (long)(_tileHeight * _factor + Gap);

    private PreviewRow Draw(int row, int sample, IImageDataset dataset, SampleReader originals, SampleReader reader, int draws, int epoch)
    {
        var line = new PreviewRow(sample, dataset.Classes[dataset.LabelOf(sample)], dataset.Describe(sample), null);
        try
        {
            Fit(originals.Read(sample, epoch), Place(row, 0));
            for (int i = 0; i < draws; i++)
                Put(reader.Read(sample, epoch + i), Place(row, 1 + i), _factor);
            return line;
        }
        catch (Exception e) when (e is ImageException or SampleException)
        {
            return line with { Problem = e.Message };
        }
    }

    // The whole original, as large as a tile allows, in its middle.
    private void Fit(Image original, (int X, int Y) place)
    {
        int boxWidth = _tileWidth * _factor, boxHeight = _tileHeight * _factor;
        double scale = Math.Min((double)boxWidth / original.Width, (double)boxHeight / original.Height);
        int width = Math.Clamp((int)Math.Round(original.Width * scale), 1, boxWidth), height = Math.Clamp((int)Math.Round(original.Height * scale), 1, boxHeight);
        Resampler.Resize(original, _tile, width, height, scale > 1 ? Interpolation.Nearest : Interpolation.Bilinear);
        Put(_tile, (place.X + (boxWidth - width) / 2, place.Y + (boxHeight - height) / 2), 1);
    }

    private void Put(Image image, (int X, int Y) place, int factor)
    {
        int channels = image.Channels;
        for (int y = 0; y < image.Height * factor; y++)
        {
            ReadOnlySpan<byte> from = image.Row(y / factor);
            Span<byte> to = Picture.Row(place.Y + y).Slice(place.X * channels, image.Width * factor * channels);
            for (int x = 0; x < image.Width * factor; x++)
                from.Slice(x / factor * channels, channels).CopyTo(to[(x * channels)..]);
        }
    }
}
