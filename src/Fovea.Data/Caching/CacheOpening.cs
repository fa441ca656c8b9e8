using Fovea.Data.Transforms;
using Fovea.Kernels;

namespace Fovea.Data.Caching;

/// <summary>From <c>--cache</c> to a <see cref="SampleCache"/>.</summary>
public static class CacheOpening
{
    private const long Mebibyte = 1 << 20;

    /// <summary>
    /// Opens the cache of a data set: finds the whole file of an earlier run, or starts a new one. Null, and a note why, where there is nothing to keep or no
    /// room on the disk.
    /// </summary>
    /// <param name="dataset">The data.</param>
    /// <param name="transforms">The loader's transforms; the leading ones that do not draw are applied to what is kept.</param>
    /// <param name="options">Where, and how pictures are read.</param>
    /// <param name="note">Told what the user should know.</param>
    /// <exception cref="FoveaException">
    /// The transforms begin with a random one on photographs, or the memory that is free is too small: says how much is needed and what to change.
    /// </exception>
    public static SampleCache? Open(IImageDataset dataset, TransformPipeline transforms, CacheOptions options, Action<string> note)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(transforms);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(note);
        if (options.Mode == CacheMode.None)
            return null;
        int fixedOnes = transforms.LeadingFixed;
        bool encoded = DatasetOrigin.Of(dataset, 0).Data is IEncodedDataset;
        if (fixedOnes == 0 && !encoded)
        {
            note($"no cache: {dataset.Name} lies in memory already, and '{transforms}' begins with a random transform");
            return null;
        }
        // What is decoded then depends on the draws, so a full picture would give other bits than no cache does.
        if (fixedOnes == 0 && options.ScaledDecode && transforms.NewScaledDecodeHint() is not null)
            throw new FoveaException($"--cache {options.Mode.ToString().ToLowerInvariant()}: the training transforms '{transforms}' begin with a random one "
                + "that decodes each photograph as it needs it, so there is nothing to keep. Put a resize before it, such as --train-transform "
                + $"'resize({SuggestedSide(transforms)}) {transforms}', or leave --cache out.");
        Transform[] prefix = [.. transforms.Transforms.Take(fixedOnes)];
        string fingerprint = CacheFingerprint.Of(dataset, prefix, options);
        if (options.Mode == CacheMode.Ram)
            return InMemory(dataset, options, Want(dataset, prefix, options), note);
        try
        {
            return Found(dataset, prefix, options, fingerprint, note) ?? OnDisk(dataset, options, fingerprint, Want(dataset, prefix, options), note);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            note($"no cache: '{options.Folder}' cannot be used ({e.Message}); going on without it");
            return null;
        }
    }

    private static SampleCache InMemory(IImageDataset dataset, CacheOptions options, in Wanted wanted, Action<string> note)
    {
        long free = Math.Max(0, FreeMemory.Bytes() - options.Reserved);
        if (wanted.Bytes > free)
            throw new FoveaException($"--cache ram: it needs {wanted.Size}, and {free / Mebibyte} MiB of memory are free. Take --cache disk, or smaller "
                + "pictures: a resize at the beginning of the transforms.");
        note($"keeping {wanted.Size} in memory");
        return new SampleCache(new RamStore(), new CacheIndex(dataset.Count), options.Channels, wanted.Transforms, wanted.Bytes, keepWhatFits: true);
    }

    private static SampleCache? Found(IImageDataset dataset, Transform[] prefix, CacheOptions options, string fingerprint, Action<string> note)
    {
        if (FileStore.Open(options.Folder, fingerprint, options.Channels, dataset.Count) is not { } found)
            return null;
        note($"reading {dataset.Name} from {FileStore.PathOf(options.Folder, fingerprint)}");
        return new SampleCache(found.Store, found.Index, options.Channels, prefix.Length, 0, keepWhatFits: false);
    }

    private static SampleCache? OnDisk(IImageDataset dataset, CacheOptions options, string fingerprint, in Wanted wanted, Action<string> note)
    {
        Directory.CreateDirectory(options.Folder);
        long free = new DriveInfo(Path.GetFullPath(options.Folder)).AvailableFreeSpace;
        if (wanted.Bytes > free)
        {
            note($"no cache: it needs {wanted.Size}, and '{options.Folder}' has {free / Mebibyte} MiB left; going on without it");
            return null;
        }
        FileStore store = FileStore.Create(options.Folder, fingerprint, options.Channels);
        note($"keeping {wanted.Size} under {options.Folder}");
        return new SampleCache(store, new CacheIndex(dataset.Count), options.Channels, wanted.Transforms, wanted.Bytes, keepWhatFits: false);
    }

    private static Wanted Want(IImageDataset dataset, Transform[] prefix, CacheOptions options)
    {
        (long bytes, bool exact) = CacheSize.Of(dataset, prefix, options.Channels) ?? (0, false);
        string after = prefix.Length == 0 ? "" : $" after '{string.Join(' ', (IEnumerable<Transform>)prefix)}'";
        return new Wanted(prefix.Length, bytes, $"{(exact ? "" : "about ")}{Math.Max(1, bytes / Mebibyte)} MiB for {dataset.Count} images of {dataset.Name}{after}");
    }

    // As evaluation has it: 256 for 224.
    private static int SuggestedSide(TransformPipeline transforms) =>
        transforms.OutputSize(null) is { } size ? (Math.Max(size.Width, size.Height) * 8 + 6) / 7 : 256;

    private readonly record struct Wanted(int Transforms, long Bytes, string Size);
}
