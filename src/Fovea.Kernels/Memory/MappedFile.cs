using System.IO.MemoryMappedFiles;

namespace Fovea.Kernels.Memory;

/// <summary>A file's bytes as read-only memory, read in by the system as they are touched.</summary>
/// <remarks>A file that is cut short by others while it is mapped ends the process when the lost part is touched: map only files that nobody rewrites
/// in place.</remarks>
public sealed class MappedFile : IDisposable
{
    private readonly MemoryMappedFile? file;
    private readonly MemoryMappedViewAccessor? view;
    private nint address;

    /// <summary>Maps the whole file.</summary>
    /// <exception cref="FoveaException">The file is missing, may not be read, or cannot be mapped.</exception>
    public unsafe MappedFile(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            // The length comes from the open handle, so that a file replaced meanwhile cannot be read past its end.
            using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            Length = stream.Length;
            if (Length == 0)
                return;
            file = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
            view = file.CreateViewAccessor(0, Length, MemoryMappedFileAccess.Read);
            byte* start = null;
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
            address = (nint)(start + view.PointerOffset);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            view?.Dispose();
            file?.Dispose();
            throw new FoveaException($"Reading '{path}' failed: {error.Message}", error);
        }
    }

    /// <summary>The file's size in bytes when it was mapped.</summary>
    public long Length { get; }

    /// <summary>A window of the file. Valid until the mapping is disposed.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The window does not lie inside the file.</exception>
    public unsafe ReadOnlySpan<byte> Span(long offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if (offset < 0 || offset > Length - length)
            throw new ArgumentOutOfRangeException(nameof(offset), offset,
                $"Bytes {offset} to {offset + length} do not lie inside a file of {Length} bytes.");
        if (length == 0)
            return [];
        ObjectDisposedException.ThrowIf(address == 0, this);
        return new ReadOnlySpan<byte>((void*)(address + (nint)offset), length);
    }

    /// <summary>Unmaps the file.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref address, 0) == 0)
            return;
        view!.SafeMemoryMappedViewHandle.ReleasePointer();
        view.Dispose();
        file!.Dispose();
    }
}
