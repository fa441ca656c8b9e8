using Fovea.Data.Caching;

namespace Fovea.Data.Loading;

/// <summary>How a <see cref="Loader"/> makes batches.</summary>
public sealed record LoaderOptions
{
    /// <summary>Images per batch, 1 or more; the last batch of an epoch holds what is left.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Height in pixels of every image of a batch, 1 or more; the transforms must give this size.</summary>
    public required int Height { get; init; }

    /// <summary>Width in pixels of every image of a batch, 1 or more; the transforms must give this size.</summary>
    public required int Width { get; init; }

    /// <summary>Channels of every image of a batch, 1 or 3; pictures with another number are turned into it.</summary>
    public required int Channels { get; init; }

    /// <summary>Threads that read, decode and transform, 1 to 256; default 2. Their number changes no bit of any batch.</summary>
    public int Workers { get; init; } = 2;

    /// <summary>
    /// Finished batches that may wait for their reader, 1 or more; default 3. Memory is (PrefetchBatches + 1) batches, allocated once.
    /// </summary>
    public int PrefetchBatches { get; init; } = 3;

    /// <summary>Whether each epoch has an order of its own, drawn from seed and epoch; default false: the data set's order.</summary>
    public bool Shuffle { get; init; }

    /// <summary>Seed of order and augmentation; default 0.</summary>
    public ulong Seed { get; init; }

    /// <summary>
    /// Largest width times height of a picture that is decoded, in pixels; a larger one counts as broken. Default
    /// <see cref="ReadOptions.DefaultMaxPixels"/>.
    /// </summary>
    public long MaxPixels { get; init; } = ReadOptions.DefaultMaxPixels;

    /// <summary>The share of an epoch's samples, 0 to 1, that may be broken; one more stops the run. Default 0.01.</summary>
    public double BrokenLimit { get; init; } = 0.01;

    /// <summary>Goes on however many samples are broken (<c>--allow-broken</c>); default false.</summary>
    public bool AllowBroken { get; init; }

    /// <summary>
    /// Lets JPEGs be decoded at a smaller scale where the transforms begin with random-resized-crop or resize: faster, and different by many grey levels. For
    /// training only; default false.
    /// </summary>
    public bool ScaledDecode { get; init; }

    /// <summary>
    /// Keeps what the leading deterministic transforms make; opened for the same data, transforms, channels, limits and scaling. Changes no bit of any batch.
    /// Null (the default): none. Whoever opened it disposes it, after the last reader.
    /// </summary>
    public SampleCache? Cache { get; init; }
}
