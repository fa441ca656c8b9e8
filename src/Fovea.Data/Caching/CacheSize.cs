using Fovea.Data.Transforms;
using Fovea.Imaging;

namespace Fovea.Data.Caching;

/// <summary>How many bytes a cache will have.</summary>
internal static class CacheSize
{
    private const int Looked = 200;

    /// <summary>Exact where all pictures get one size; else from the headers of some, evenly spread. Null where none of them can be read.</summary>
    public static (long Bytes, bool Exact)? Of(IImageDataset dataset, IReadOnlyList<Transform> prefix, int channels)
    {
        if (After(prefix, dataset.FixedSize) is { } size)
            return ((long)dataset.Count * size.Width * size.Height * channels, true);
        long sum = 0;
        int known = 0, looked = Math.Min(Looked, dataset.Count);
        for (int i = 0; i < looked; i++)
        {
            (IImageDataset origin, int index) = DatasetOrigin.Of(dataset, (int)((long)i * dataset.Count / looked));
            if (origin is not IEncodedDataset files || Header(files, index) is not { } full || After(prefix, full) is not { } result)
                continue;
            sum += (long)result.Width * result.Height * channels;
            known++;
        }
        return known == 0 ? null : ((long)(sum / (double)known * dataset.Count), false);
    }

    private static (int Width, int Height)? After(IEnumerable<Transform> prefix, (int Width, int Height)? size)
    {
        foreach (Transform transform in prefix)
            size = transform.OutputSize(size);
        return size;
    }

    private static (int Width, int Height)? Header(IEncodedDataset files, int index)
    {
        try
        {
            ImageInfo info = ImageDecoder.Identify(files.FileOf(index));
            return (info.Width, info.Height);
        }
        catch (Exception e) when (e is ImageException or SampleException)
        {
            return null;
        }
    }
}
