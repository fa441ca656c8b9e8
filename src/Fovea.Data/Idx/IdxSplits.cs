using Fovea.Kernels;

namespace Fovea.Data.Idx;

/// <summary>The four files of MNIST and of the data sets made after it.</summary>
internal static class IdxSplits
{
    private static readonly (string Split, string Prefix)[] Splits = [("train", "train"), ("test", "t10k")];

    /// <summary>Whether the folder holds at least one of the four files, under any of the names in use.</summary>
    public static bool IsIn(string folder) =>
        Splits.Any(s => Find(folder, s.Prefix, "images", 3) is not null || Find(folder, s.Prefix, "labels", 1) is not null);

    /// <summary>Reads both splits from <paramref name="folder"/>.</summary>
    /// <exception cref="FoveaException">A file is missing, cut short or of the wrong kind, or pictures and labels do not fit together.</exception>
    public static DataSplits Read(BuiltInDataset dataset, string folder) => new(
        dataset.Name, ReadSplit(dataset, folder, Splits[0]), ReadSplit(dataset, folder, Splits[1]),
        $"idx files in {folder}", dataset.Defaults);

    private static MemoryDataset ReadSplit(BuiltInDataset dataset, string folder, (string Split, string Prefix) split)
    {
        string images = Require(dataset, folder, split.Prefix, "images", 3), labels = Require(dataset, folder, split.Prefix, "labels", 1);
        (int[] shape, byte[] pixels) = IdxFile.Read(images, 3);
        (int width, int height) = dataset.Defaults.Size!.Value;
        if (shape[1] != height || shape[2] != width)
            throw new FoveaException($"Reading {dataset.Name}: the pictures in '{images}' are {shape[1]}x{shape[2]} (height x width), expected "
                + $"{height}x{width}. This is another data set.");
        (int[] count, byte[] classes) = IdxFile.Read(labels, 1);
        if (count[0] != shape[0])
            throw new FoveaException($"Reading {dataset.Name}: '{images}' has {shape[0]} pictures but '{labels}' has {count[0]} labels. The "
                + "files do not belong together; fetch them again.");
        int wrong = classes.AsSpan().IndexOfAnyExceptInRange((byte)0, (byte)(dataset.Classes.Count - 1));
        if (wrong >= 0)
            throw new FoveaException($"Reading {dataset.Name}: label {wrong} in '{labels}' is {classes[wrong]}, expected 0 to "
                + $"{dataset.Classes.Count - 1}. This is another data set.");
        return new MemoryDataset(dataset.Name, split.Split, dataset.Defaults, dataset.Classes, pixels, classes);
    }

    private static string Require(BuiltInDataset dataset, string folder, string prefix, string what, int dimensions) =>
        Find(folder, prefix, what, dimensions) ?? throw new FoveaException(
            $"Reading {dataset.Name}: the folder '{folder}' has no {prefix}-{what}-idx{dimensions}-ubyte, gzipped (.gz) or not, although others "
                + $"of its files are there. {dataset.HowToGet}");

    // Archives name the files with a dash, older unpackers with a dot.
    private static string? Find(string folder, string prefix, string what, int dimensions) =>
        new[] { $"{prefix}-{what}-idx{dimensions}-ubyte", $"{prefix}-{what}.idx{dimensions}-ubyte" }
            .SelectMany(name => new[] { name, name + ".gz" })
            .Select(name => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);
}
