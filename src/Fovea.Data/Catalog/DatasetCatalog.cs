using Fovea.Data.Cifar;
using Fovea.Data.Folders;
using Fovea.Data.Idx;
using Fovea.Kernels;

namespace Fovea.Data.Catalog;

/// <summary>The data sets that are known by name, and the way from <c>--data</c> to its two splits.</summary>
public static class DatasetCatalog
{
    /// <summary>Every built-in data set. Adding one is its own file and a line here.</summary>
    public static IReadOnlyList<BuiltInDataset> BuiltIn { get; } =
    [
        FashionMnist.Definition,
        Mnist.Definition,
        Cifar10.Definition,
        Cifar100.Definition,
    ];

    /// <summary>
    /// Opens a built-in data set by its name, or a folder of photographs by its path. A built-in name wins; <c>./cifar10</c> is the folder of that
    /// name.
    /// </summary>
    /// <exception cref="FoveaException">
    /// There is no such name or folder, files are missing, cut short or of the wrong kind, there is one class only, classes differ between the
    /// splits,
    /// or an option is out of its range.
    /// </exception>
    public static DataSplits Open(string nameOrPath, DataOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(nameOrPath);
        options ??= new DataOptions();
        DataOptionChecks.Check(options);
        DataSplits splits;
        if (Find(nameOrPath) is { } known)
        {
            splits = known.Read(known, DatasetPlaces.Resolve(known, options.DataDir));
        }
        else
        {
            if (options.DataDir is not null)
                throw new FoveaException($"--data-dir '{options.DataDir}' is where a built-in data set's files lie, but --data '{nameOrPath}' is "
                    + "none of "
                    + $"{Names()}. For a folder of photographs give its path to --data and leave --data-dir out.{Hint(nameOrPath)}");
            if (!Directory.Exists(nameOrPath) && !File.Exists(nameOrPath))
                throw new FoveaException($"Opening the data '{nameOrPath}': this is neither a built-in data set ({Names()}) nor a folder that "
                    + $"exists.{(Hint(nameOrPath) is { Length: > 0 } hint ? hint : HintBeside(nameOrPath))}");
            splits = FolderCatalog.Open(nameOrPath, options);
        }
        return StratifiedSubset.Limit(splits, options);
    }

    /// <summary>The built-in data set named <paramref name="name"/>, or null.</summary>
    public static BuiltInDataset? Find(string name) => BuiltIn.FirstOrDefault(d => d.Name == name);

    private static string Names() => string.Join(", ", BuiltIn.Select(d => d.Name));

    /// <summary>The folder that may be meant, of those that lie where this one would.</summary>
    private static string HintBeside(string path)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (Path.GetDirectoryName(full) is not { } parent || !Directory.Exists(parent))
            return "";
        string[] names = [.. Directory.EnumerateDirectories(parent).Select(folder => Path.GetFileName(folder)).Take(1000)];
        return NearestName.Hint(Path.GetFileName(full), names) is { Length: > 0 } hint ? $"{hint} It lies in '{parent}'." : "";
    }

    private static string Hint(string given) => NearestName.Hint(given, BuiltIn.Select(d => d.Name));
}
