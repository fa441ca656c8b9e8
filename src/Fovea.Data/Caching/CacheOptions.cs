using Fovea.Kernels;

namespace Fovea.Data.Caching;

/// <summary>Where a <see cref="SampleCache"/> keeps its pictures.</summary>
public enum CacheMode
{
    /// <summary>Nowhere: every epoch reads and decodes anew.</summary>
    None,

    /// <summary>In memory, for this process.</summary>
    Ram,

    /// <summary>In a file that later runs find again.</summary>
    Disk,
}

/// <summary>What a <see cref="SampleCache"/> is made for; the loader that uses it must read in the same way.</summary>
public sealed record CacheOptions
{
    /// <summary>Where the pictures are kept.</summary>
    public required CacheMode Mode { get; init; }

    /// <summary>The folder of <see cref="CacheMode.Disk"/>; made where it is missing.</summary>
    public string Folder { get; init; } = ".";

    /// <summary>Channels of the pictures, 1 or 3.</summary>
    public required int Channels { get; init; }

    /// <summary>Largest width times height of a picture that is decoded.</summary>
    public long MaxPixels { get; init; } = ReadOptions.DefaultMaxPixels;

    /// <summary>Whether JPEGs may be decoded at a smaller scale, as in training; default false.</summary>
    public bool ScaledDecode { get; init; }

    /// <summary>Bytes of memory that are free but promised to others, such as another cache.</summary>
    public long Reserved { get; init; }

    /// <summary>The names on the command line.</summary>
    public static IReadOnlyList<string> Names { get; } = ["none", "ram", "disk"];

    /// <summary>The mode of a name.</summary>
    /// <exception cref="FoveaException">There is no such mode.</exception>
    public static CacheMode ModeOf(string name) => name switch
    {
        "none" => CacheMode.None,
        "ram" => CacheMode.Ram,
        "disk" => CacheMode.Disk,
        _ => throw new FoveaException($"--cache {name}: expected one of {string.Join(", ", Names)}.{NearestName.Hint(name, Names)}"),
    };
}
