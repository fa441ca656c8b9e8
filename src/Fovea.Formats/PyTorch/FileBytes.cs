using Microsoft.Win32.SafeHandles;

namespace Fovea.Formats.PyTorch;

/// <summary>A file open for reading at any place; every failure becomes an error that names the file.</summary>
internal sealed class FileBytes : IDisposable
{
    private const int MaxShown = 80;
    private static readonly string[] Weights = [".pth", ".pt", ".th", ".safetensors"];
    private readonly SafeFileHandle _handle;

    private FileBytes(string path, SafeFileHandle handle)
    {
        (Path, _handle) = (path, handle);
        Length = RandomAccess.GetLength(handle);
    }

    /// <summary>The path as it was given.</summary>
    public string Path { get; }

    /// <summary>Bytes in the file when it was opened.</summary>
    public long Length { get; }

    /// <summary>Opens a file.</summary>
    /// <exception cref="WeightFileException">There is no such file, or it cannot be read.</exception>
    public static FileBytes Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path))
            throw new WeightFileException($"{path}: this is a folder, expected a file of weights{Inside(path)}");
        SafeFileHandle? handle = null;
        try
        {
            handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            return new FileBytes(path, handle);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            handle?.Dispose();
            throw e is FileNotFoundException or DirectoryNotFoundException
                ? new WeightFileException($"{path}: there is no such file", e)
                : new WeightFileException($"{path}: the file cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Fills <paramref name="destination"/> from the file.</summary>
    /// <param name="offset">The first byte.</param>
    /// <param name="destination">Where to.</param>
    /// <param name="what">What is being read, for messages.</param>
    public void Read(long offset, Span<byte> destination, string what)
    {
        try
        {
            while (!destination.IsEmpty)
            {
                int got = RandomAccess.Read(_handle, destination, offset);
                if (got == 0)
                    throw Error($"the file ends at byte {offset} inside {what}: it is cut short; copy or download it again");
                destination = destination[got..];
                offset += got;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new WeightFileException($"{Path}: {what} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>The weights that lie in a folder that was given in their place.</summary>
    private static string Inside(string folder)
    {
        try
        {
            if (Directory.EnumerateFiles(folder, "data.pkl").Any())
                return ": it looks like an unpacked file of torch.save, which is imported as it was before unpacking";
            string[] names = [.. Directory.EnumerateFiles(folder).Where(path => Weights.Contains(System.IO.Path.GetExtension(path)))
                .Select(path => System.IO.Path.GetFileName(path)).Order(StringComparer.Ordinal)];
            return names.Length == 0 ? "" : $": it holds {string.Join(", ", names.Take(5).Select(Shown))}{(names.Length > 5 ? ", ..." : "")}";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    /// <summary>A name that comes from a file, for messages: its control characters must not reach a terminal, nor its length fill one.</summary>
    public static string Shown(string text) =>
        string.Concat(text.Take(MaxShown).Select(c => char.IsControl(c) ? '?' : c)) + (text.Length > MaxShown ? "..." : "");

    /// <summary>An error about this file.</summary>
    public WeightFileException Error(string what) => new($"{Path}: {what}");

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();
}
