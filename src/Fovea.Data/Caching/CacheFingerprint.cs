using Fovea.Data.Transforms;
using Fovea.Imaging;

namespace Fovea.Data.Caching;

/// <summary>What a cache's bytes depend on, as a digest.</summary>
internal static class CacheFingerprint
{
    // Raise it when decoding or a deterministic transform gives other bytes than before.
    private const string Arithmetic = "1";

    /// <summary>Data, leading transforms, how they are read and by which libraries.</summary>
    public static string Of(IImageDataset dataset, IEnumerable<Transform> prefix, CacheOptions options) => Fingerprints.OfText(
    [
        "cache", Arithmetic, dataset.CacheStamp, string.Join(' ', prefix), $"{options.Channels} {options.MaxPixels} {options.ScaledDecode}",
        .. ImagingLibraries.Report().Select(library => $"{library.Name} {library.Found} {library.Version}"),
    ]);
}
