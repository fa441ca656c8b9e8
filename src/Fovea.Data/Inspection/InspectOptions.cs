namespace Fovea.Data.Inspection;

/// <summary>How a data set is inspected.</summary>
public sealed record InspectOptions
{
    /// <summary>Threads, 1 to 256; default: the machine's processors.</summary>
    public int Workers { get; init; } = Math.Clamp(Environment.ProcessorCount, 1, 256);

    /// <summary>
    /// Training pictures from which mean and deviation are computed, a seeded sample; every picture is decoded anyway. Default 10,000; 0: all.
    /// </summary>
    public int StatisticsImages { get; init; } = 10_000;

    /// <summary>Seed of that sample; default 0.</summary>
    public ulong Seed { get; init; }

    /// <summary>Largest width times height of a picture that is decoded, in pixels. Default <see cref="ReadOptions.DefaultMaxPixels"/>.</summary>
    public long MaxPixels { get; init; } = ReadOptions.DefaultMaxPixels;

    /// <summary>Told after each picture how many are done, of how many; called from the worker threads.</summary>
    public IProgress<(int Done, int Total)>? Progress { get; init; }
}
