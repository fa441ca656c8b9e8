using Fovea.Kernels;

namespace Fovea.Data.Folders;

/// <summary>Opens a folder of photographs in whichever of the known layouts it has.</summary>
internal static class FolderCatalog
{
    /// <summary>Opens <paramref name="path"/>.</summary>
    /// <exception cref="FoveaException">
    /// The folder is missing, empty, has one class only, a class without pictures, or splits whose classes differ.
    /// </exception>
    public static DataSplits Open(string path, DataOptions options)
    {
        if (File.Exists(path))
            throw new FoveaException($"Opening the data '{path}': this is a file, expected a folder of photographs.");
        try
        {
            FolderLayout layout = FolderLayout.Detect(path);
            return layout.Validation is null ? Divide(path, layout, options) : Published(path, layout);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FoveaException($"Opening the data '{path}': {IoReason.Of(e, path)}. Check that the folder and all in it may be read.", e);
        }
    }

    private static DataSplits Published(string path, FolderLayout layout)
    {
        string[] train = [.. layout.Train.Keys], validation = [.. layout.Validation!.Keys];
        if (!train.SequenceEqual(validation))
        {
            string OnlyIn(string[] here, string[] there) => here.Except(there).ToArray() is { Length: > 0 } only ? string.Join(", ", only) : "none";
            throw new FoveaException($"Opening the data '{path}' ({layout.Description}): the classes of the two splits differ. "
                + $"Only in training: {OnlyIn(train, validation)}. Only in validation: {OnlyIn(validation, train)}. Give both splits a folder of "
                + "each class.");
        }
        RequireClasses(path, train, layout);
        return new DataSplits(
            path, Dataset(path, "train", layout.Train), Dataset(path, "val", layout.Validation), layout.Description, DataDefaults.Photographs);
    }

    private static DataSplits Divide(string path, FolderLayout layout, DataOptions options)
    {
        RequireClasses(path, [.. layout.Train.Keys], layout);
        FolderDataset all = Dataset(path, "all", layout.Train);
        int[] labels = [.. Enumerable.Range(0, all.Count).Select(all.LabelOf)];
        (int[] train, int[] validation) = StratifiedSubset.Split(labels, all.Classes.Count, options.ValSplit, options.Seed);
        if (validation.Length == 0)
            throw new FoveaException($"Opening the data '{path}': every class has one picture, so none is left for validation. Add pictures, or "
                + "a 'val' folder beside 'train'.");
        return new DataSplits(path, new SubsetDataset($"{path} (train)", all, train), new SubsetDataset($"{path} (val)", all, validation),
            $"{layout.Description}, {options.ValSplit:0.###} of each class for validation (seed {options.Seed})", DataDefaults.Photographs);
    }

    private static void RequireClasses(string path, string[] classes, FolderLayout layout)
    {
        if (classes.Length == 1)
            throw new FoveaException($"Opening the data '{path}' ({layout.Description}): there is one class only, '{classes[0]}'; a classifier "
                + "needs two or more. "
                + "Expected train/<class>/* with val/<class>/*, train_<class>/* with test_<class>/*, or <class>/*.");
    }

    private static FolderDataset Dataset(string path, string split, SortedDictionary<string, string> classes)
    {
        var files = new List<FolderFile>();
        foreach ((int label, (string name, string folder)) in classes.Index())
        {
            List<FolderFile> found = FolderFiles.Find(folder, label);
            if (found.Count == 0)
                throw new FoveaException($"Opening the data '{path}': the class '{name}' has no picture in '{folder}'. Put pictures there, or "
                    + "remove the folder.");
            files.AddRange(found);
        }
        return new FolderDataset($"{path} ({split})", [.. classes.Keys], files, path);
    }
}
