using System.IO.Enumeration;
using Fovea.Imaging;

namespace Fovea.Data.Folders;

/// <summary>A picture file of a class.</summary>
/// <param name="Path">Its path.</param>
/// <param name="Bytes">Its size; of a link, the link's own.</param>
/// <param name="Label">Its class index.</param>
/// <param name="Written">When it was last written, in ticks of UTC; of a link, the link itself.</param>
internal readonly record struct FolderFile(string Path, long Bytes, int Label, long Written);

/// <summary>Finds the pictures of a class.</summary>
internal static class FolderFiles
{
    /// <summary>
    /// Every file at any depth of <paramref name="folder"/> with a picture's ending or signature, in ordinal order of paths. Hidden files and folders
    /// are no part of the
    /// data, and folders below that are links are not followed, so that circles end.
    /// </summary>
    public static List<FolderFile> Find(string folder, int label)
    {
        var options = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0, IgnoreInaccessible = false };
        var entries = new FileSystemEnumerable<FolderFile>(
            folder, (ref FileSystemEntry e) => new FolderFile(e.ToSpecifiedFullPath(), e.Length, label, e.LastWriteTimeUtc.Ticks), options)
        {
            ShouldIncludePredicate = (ref FileSystemEntry e) => !e.IsDirectory && e.FileName[0] != '.',
            ShouldRecursePredicate = (ref FileSystemEntry e) => e.FileName[0] != '.' && (e.Attributes & FileAttributes.ReparsePoint) == 0,
        };
        List<FolderFile> found = [.. entries.Where(f => ImageSignature.HasImageEnding(f.Path) || f.Bytes > 0 && HasSignature(f.Path))];
        found.Sort(static (a, b) => string.CompareOrdinal(a.Path, b.Path));
        return found;
    }

    // A file without a picture's ending that cannot be opened is nobody's picture.
    private static bool HasSignature(string path)
    {
        try
        {
            Span<byte> start = stackalloc byte[ImageSignature.Length];
            using FileStream stream = File.OpenRead(path);
            return ImageSignature.Detect(start[..stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)]).Format is not null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
