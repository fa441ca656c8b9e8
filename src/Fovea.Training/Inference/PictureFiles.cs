using System.IO.Enumeration;
using Fovea.Imaging;
using Fovea.Kernels;

namespace Fovea.Training;

/// <summary>Finds the pictures that <c>predict</c> is given.</summary>
public static class PictureFiles
{
    /// <summary>
    /// The files that <paramref name="paths"/> name: a file as it is, a folder's files, recursively and sorted, that have a picture's signature or
    /// ending.
    /// </summary>
    /// <exception cref="FoveaException">A path does not exist, or a folder holds no picture.</exception>
    public static IReadOnlyList<string> Find(IEnumerable<string> paths)
    {
        List<string> found = [];
        foreach (string path in paths)
        {
            if (!Directory.Exists(path))
            {
                // A file that does not exist gets its error in its place, like one that is broken: the others keep their answers.
                found.Add(path);
                continue;
            }
            int before = found.Count;
            found.AddRange(InFolder(path));
            if (found.Count == before)
                throw new FoveaException($"The folder '{path}' holds no picture: no file in it has a picture's signature or one of the endings "
                    + $"{string.Join(" ", ImageSignature.Endings.Take(8))} ...");
        }
        return found;
    }

    private static List<string> InFolder(string folder)
    {
        EnumerationOptions options = new() { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.System };
        // Folders that are links are not followed, so that circles end; what has no bytes and no picture's ending may be a pipe, on which
        // reading would wait for ever.
        FileSystemEnumerable<(string Path, bool Empty)> entries =
            new(folder, (ref FileSystemEntry entry) => (entry.ToSpecifiedFullPath(), entry.Length == 0), options)
            {
                ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.IsDirectory,
                ShouldRecursePredicate = (ref FileSystemEntry entry) => (entry.Attributes & FileAttributes.ReparsePoint) == 0,
            };
        return
        [
            .. entries.Where(entry => ImageSignature.HasImageEnding(entry.Path) || (!entry.Empty && HasSignature(entry.Path)))
                .Select(entry => entry.Path).Order(StringComparer.Ordinal),
        ];
    }

    private static bool HasSignature(string path)
    {
        try
        {
            Span<byte> start = stackalloc byte[ImageSignature.Length];
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            return ImageSignature.Detect(start[..file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)]).Format is not null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
