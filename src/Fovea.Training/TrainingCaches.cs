using Fovea.Data;
using Fovea.Data.Caching;
using Fovea.Data.Transforms;

namespace Fovea.Training;

/// <summary>The caches of a run: one for each split and way of reading it, and what they have to tell.</summary>
internal sealed class TrainingCaches(TrainingOptions options, string output) : IDisposable
{
    /// <summary>The folder beside the runs that holds the files of <c>--cache disk</c>.</summary>
    public const string Folder = ".cache";

    private readonly List<(string Split, SampleCache Cache)> _caches = [];
    private readonly List<CacheNote> _notes = [];

    /// <summary>Opens a cache as the options say; null for none.</summary>
    /// <param name="split">"train" or "val", for what it tells.</param>
    /// <param name="dataset">The split.</param>
    /// <param name="transforms">Its transforms.</param>
    /// <param name="scaled">Whether JPEGs may be decoded at a smaller scale.</param>
    public SampleCache? Open(string split, IImageDataset dataset, TransformPipeline transforms, bool scaled)
    {
        CacheOptions wanted = new()
        {
            Mode = CacheOptions.ModeOf(options.Cache),
            Folder = Path.Combine(output, Folder),
            Channels = options.Architecture.Input.C,
            MaxPixels = options.MaxPixels,
            ScaledDecode = scaled,
            Reserved = _caches.Sum(c => c.Cache.Bytes),
        };
        SampleCache? cache = CacheOpening.Open(dataset, transforms, wanted, text => _notes.Add(new CacheNote { Split = split, Text = text }));
        if (cache is not null)
            _caches.Add((split, cache));
        return cache;
    }

    /// <summary>What was not told yet.</summary>
    public IEnumerable<CacheNote> TakeNotes()
    {
        CacheNote[] notes = [.. _notes, .. _caches.SelectMany(c => c.Cache.TakeNotes().Select(text => new CacheNote { Split = c.Split, Text = text }))];
        _notes.Clear();
        return notes;
    }

    /// <summary>Closes them.</summary>
    public void Dispose()
    {
        foreach ((_, SampleCache cache) in _caches)
            cache.Dispose();
        _caches.Clear();
    }
}
