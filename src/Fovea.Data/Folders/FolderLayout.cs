using Fovea.Imaging;
using Fovea.Kernels;

namespace Fovea.Data.Folders;

/// <summary>Which folder holds which class of which split.</summary>
/// <param name="Train">Class names, in ordinal order, and their folders.</param>
/// <param name="Validation">The same of the validation split; null where there is none yet.</param>
/// <param name="Description">The layout in words.</param>
internal sealed record FolderLayout(SortedDictionary<string, string> Train, SortedDictionary<string, string>? Validation, string Description)
{
    // Where several are there, the first is taken: a 'test' beside a 'val' is for the end.
    private static readonly string[] ValidationNames = ["val", "validation", "valid", "test"];

    /// <summary>Looks at the names of the folders in <paramref name="path"/>.</summary>
    public static FolderLayout Detect(string path)
    {
        SortedDictionary<string, string> folders = Subfolders(path);
        if (folders.Count == 0)
            throw Empty(path);
        if (folders.TryGetValue("train", out string? train))
        {
            string? name = ValidationNames.FirstOrDefault(folders.ContainsKey);
            return name is null
                ? new FolderLayout(ClassFolders(train), null, "train/<class>/*")
                : new FolderLayout(ClassFolders(train), ClassFolders(folders[name]), $"train/<class>/* and {name}/<class>/*");
        }
        string? prefix = ValidationNames.Select(n => n + "_").FirstOrDefault(p => folders.Keys.Any(k => HasPrefix(k, p)));
        if (prefix is not null && folders.Keys.Any(k => HasPrefix(k, "train_")))
            return new FolderLayout(Prefixed(folders, "train_"), Prefixed(folders, prefix), $"train_<class>/* and {prefix}<class>/*");
        if (ValidationNames.FirstOrDefault(folders.ContainsKey) is { } alone && folders.Count == 1)
            throw new FoveaException($"Opening the data '{path}': there is '{alone}' but no 'train' folder beside it.");
        return new FolderLayout(folders, null, "<class>/*");
    }

    private static bool HasPrefix(string name, string prefix) => name.Length > prefix.Length && name.StartsWith(prefix, StringComparison.Ordinal);

    private static SortedDictionary<string, string> Prefixed(SortedDictionary<string, string> folders, string prefix) =>
        new(folders.Where(f => HasPrefix(f.Key, prefix)).ToDictionary(f => f.Key[prefix.Length..], f => f.Value), StringComparer.Ordinal);

    private static SortedDictionary<string, string> ClassFolders(string path)
    {
        SortedDictionary<string, string> folders = Subfolders(path);
        return folders.Count > 0 ? folders : throw Empty(path);
    }

    // Hidden folders are not classes: version control, thumbnails, notebooks' checkpoints.
    private static SortedDictionary<string, string> Subfolders(string path) =>
        new(Directory.EnumerateDirectories(path).Select(d => (Name: Path.GetFileName(d), Path: d))
            .Where(d => d.Name[0] != '.' && d.Name != "__MACOSX")
            .ToDictionary(d => d.Name, d => d.Path), StringComparer.Ordinal);

    private static FoveaException Empty(string path)
    {
        string[] files = [.. Directory.EnumerateFiles(path).Select(f => Path.GetFileName(f)!).Take(1000)];
        string what = files.Length == 0 ? "the folder is empty"
            : files.Any(f => f.Contains("-ubyte", StringComparison.Ordinal) || f.EndsWith(".idx", StringComparison.Ordinal)) ? "it holds idx "
                + "files; open those with --data fashion-mnist or mnist, and this folder as --data-dir"
            : files.Any(f => f.StartsWith("data_batch_", StringComparison.Ordinal) || f.StartsWith("cifar-", StringComparison.Ordinal)) ? "it "
                + "holds CIFAR files; open those with --data cifar10 or cifar100, and this folder as --data-dir"
            : files.Any(ImageSignature.HasImageEnding) ? $"pictures lie in it directly, but their classes are told by folders (is it one class's, of those in '{Path.GetDirectoryName(Path.GetFullPath(path))}'?)"
            : "it has no folders of pictures";
        return new FoveaException($"Opening the data '{path}': {what}. Expected train/<class>/* with val/<class>/*, train_<class>/* with "
            + "test_<class>/*, or <class>/*.");
    }
}
