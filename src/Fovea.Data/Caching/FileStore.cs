using System.Buffers.Binary;
using System.Security.Cryptography;
using Fovea.Kernels.Memory;
using Fovea.Kernels.Native;
using Microsoft.Win32.SafeHandles;

namespace Fovea.Data.Caching;

/// <summary>
/// A cache's bytes in a file. It is written under a name of its own and gets its lasting one when it is whole, flushed before; so a process that is killed
/// leaves nothing that could be taken for a cache. Layout, little-endian: magic (8 bytes), format version, channels, samples, 0 (4 each), fingerprint (32),
/// the index's offset (8), the index's SHA-256 (32); then the samples' bytes; then the index.
/// </summary>
/// <remarks>Pictures are read by a positioned read into the loader's own memory, not over a mapping: see docs/decisions.</remarks>
internal sealed class FileStore : ICacheStore
{
    private const int HeaderBytes = 104, Version = 1;
    private static ReadOnlySpan<byte> Magic => "FOVEAPIX"u8;
    private readonly SafeFileHandle _file;
    private readonly string _path;
    private readonly byte[] _fingerprint;
    private readonly int _channels;
    private string? _temporary;
    private long _end = HeaderBytes;

    private FileStore(SafeFileHandle file, string path, string? temporary, string fingerprint, int channels) =>
        (_file, _path, _temporary, _fingerprint, _channels) = (file, path, temporary, Convert.FromHexString(fingerprint), channels);

    /// <summary>The file of a fingerprint.</summary>
    public static string PathOf(string folder, string fingerprint) => Path.Combine(folder, $"{fingerprint[..32]}.pixels");

    /// <summary>Starts a new file.</summary>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public static FileStore Create(string folder, string fingerprint, int channels)
    {
        Directory.CreateDirectory(folder);
        string path = PathOf(folder, fingerprint);
        RemoveForgotten(folder, path);
        string temporary = $"{path}.{Environment.ProcessId}-{Guid.NewGuid():N}{AtomicFile.TemporaryEnding}";
        // The shared lock that comes with it lets readers in once the file has its lasting name, and shows others until then that its writer lives.
        SafeFileHandle file = File.OpenHandle(temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete);
        return new FileStore(file, path, temporary, fingerprint, channels);
    }

    /// <summary>Opens a whole file of this fingerprint and sample count; null where there is none that is sound.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static (FileStore Store, CacheIndex Index)? Open(string folder, string fingerprint, int channels, int count)
    {
        string path = PathOf(folder, fingerprint);
        if (!File.Exists(path))
            return null;
        SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        if (ReadIndex(file, fingerprint, channels, count) is { } index)
            return (new FileStore(file, path, null, fingerprint, channels), index);
        file.Dispose();
        return null;
    }

    public long Write(ReadOnlySpan<byte> bytes)
    {
        long at = Interlocked.Add(ref _end, bytes.Length) - bytes.Length;
        RandomAccess.Write(_file, bytes, at);
        return at;
    }

    public void Read(long at, Span<byte> bytes) => ReadAll(_file, at, bytes);

    public string? Complete(CacheIndex index)
    {
        byte[] entries = index.ToBytes();
        long at = Write(entries);
        byte[] header = new byte[HeaderBytes];
        Magic.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(8), Version);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(12), _channels);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(16), index.Count);
        _fingerprint.CopyTo(header, 24);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(56), at);
        SHA256.HashData(entries, header.AsSpan(64, 32));
        RandomAccess.Write(_file, header, 0);
        RandomAccess.FlushToDisk(_file);
        File.Move(_temporary!, _path, overwrite: true);
        _temporary = null;
        LibC.FlushFolder(Path.GetDirectoryName(Path.GetFullPath(_path))!);
        return $"{_path} is complete ({(at + entries.Length) / 1048576.0:0} MiB); later epochs and runs read it";
    }

    public void Dispose()
    {
        _file.Dispose();
        if (_temporary is not null)
            Remove(_temporary);
    }

    private static CacheIndex? ReadIndex(SafeFileHandle file, string fingerprint, int channels, int count)
    {
        long length = RandomAccess.GetLength(file);
        byte[] header = new byte[HeaderBytes];
        if (length < HeaderBytes)
            return null;
        ReadAll(file, 0, header);
        long at = BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(56));
        bool mine = header.AsSpan(0, 8).SequenceEqual(Magic)
            && BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(8)) == Version
            && BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(12)) == channels
            && BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(16)) == count
            && header.AsSpan(24, 32).SequenceEqual(Convert.FromHexString(fingerprint))
            && at >= HeaderBytes && at == length - CacheIndex.BytesOf(count) && CacheIndex.BytesOf(count) <= Array.MaxLength;
        if (!mine)
            return null;
        byte[] entries = new byte[CacheIndex.BytesOf(count)];
        ReadAll(file, at, entries);
        return SHA256.HashData(entries).AsSpan().SequenceEqual(header.AsSpan(64, 32)) ? CacheIndex.Parse(entries, channels, at) : null;
    }

    private static void ReadAll(SafeFileHandle file, long at, Span<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            int read = RandomAccess.Read(file, bytes, at);
            if (read == 0)
                throw new EndOfStreamException("the file ends before its time");
            at += read;
            bytes = bytes[read..];
        }
    }

    // What a killed process left; what a living one writes cannot be opened.
    private static void RemoveForgotten(string folder, string path)
    {
        foreach (string file in Directory.EnumerateFiles(folder, $"{Path.GetFileName(path)}.*{AtomicFile.TemporaryEnding}"))
        {
            try
            {
                using (File.OpenHandle(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
                    Remove(file);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Another process is at it.
            }
        }
    }

    private static void Remove(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It costs room until the next run removes it.
        }
    }
}
