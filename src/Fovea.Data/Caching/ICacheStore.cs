namespace Fovea.Data.Caching;

/// <summary>Where a cache's bytes lie. Called from several threads at once.</summary>
internal interface ICacheStore : IDisposable
{
    /// <summary>Keeps bytes and returns their place.</summary>
    /// <exception cref="IOException">There is no room, or the disk fails.</exception>
    long Write(ReadOnlySpan<byte> bytes);

    /// <summary>Reads bytes back.</summary>
    /// <exception cref="IOException">They cannot be read.</exception>
    void Read(long at, Span<byte> bytes);

    /// <summary>Everything is written: makes it last, where it is to.</summary>
    /// <returns>What to tell the user; null for nothing.</returns>
    /// <exception cref="IOException">That failed; the bytes can still be read.</exception>
    string? Complete(CacheIndex index);
}
