using Fovea.Kernels.Native;

namespace Fovea.Kernels.Memory;

/// <summary>
/// Files that are either there as a whole or as they were before, also after a power cut: written beside their place, flushed, renamed over it,
/// folder flushed.
/// </summary>
public static class AtomicFile
{
    /// <summary>The ending of the file beside; a run that was killed while writing may leave one, and the next write replaces it.</summary>
    public const string TemporaryEnding = ".partial";

    /// <summary>Writes a file as a whole. If anything fails, the file that was there before is untouched and the temporary one is gone.</summary>
    /// <param name="path">Where the file is to be. Its folder exists.</param>
    /// <param name="write">Writes the contents; what it throws that is no I/O error passes through unchanged.</param>
    /// <exception cref="FoveaException">The disk is full, the folder is missing or may not be written, or the flush failed.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(write);
        string full = Path.GetFullPath(path);
        string temporary = full + TemporaryEnding;
        try
        {
            using (FileStream stream = new(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, full, overwrite: true);
        }
        catch (Exception error)
        {
            TryDelete(temporary);
            if (error is IOException or UnauthorizedAccessException)
                throw new FoveaException(
                    $"Writing '{path}' failed: {IoReason.Of(error, path)}.{(File.Exists(full) ? " What was there before is unchanged." : "")} {IoReason.Cure(error)}", error);
            throw;
        }
        LibC.FlushFolder(Path.GetDirectoryName(full) ?? full);
    }

    /// <summary>Writes a file of the given bytes as a whole; see <see cref="Write(string, Action{Stream})"/>.</summary>
    public static void Write(string path, ReadOnlyMemory<byte> contents) => Write(path, stream => stream.Write(contents.Span));

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The error that is being reported matters more than the temporary file that could not be removed.
        }
    }
}
