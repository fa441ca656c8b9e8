using System.Formats.Tar;
using System.IO.Compression;
using Fovea.Kernels;

namespace Fovea.Data.Cifar;

/// <summary>Reads both splits of a CIFAR data set from its files, or from inside the published archive.</summary>
internal static class CifarSplits
{
    private const int ImageBytes = 3 * 32 * 32;

    /// <summary>Whether the folder holds one of the files or the archive.</summary>
    public static bool IsIn(CifarFormat format, string folder) => format.Files.Append(format.Archive).Any(f => File.Exists(Path.Combine(folder, f)));

    /// <summary>Reads both splits.</summary>
    /// <exception cref="FoveaException">A file is missing, cut short, too long or damaged.</exception>
    public static DataSplits Read(BuiltInDataset dataset, CifarFormat format, string folder)
    {
        string archive = Path.Combine(folder, format.Archive);
        bool loose = format.Files.Any(f => File.Exists(Path.Combine(folder, f)));
        var splits = new Buffers(dataset, format);
        try
        {
            if (loose)
                ReadFiles(splits, folder);
            else
                ReadArchive(splits, archive);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new FoveaException($"Reading {dataset.Name} from '{(loose ? folder : archive)}': {e.Message} Fetch it again.", e);
        }
        return splits.Finish(loose ? $"binary files in {folder}" : archive);
    }

    private static void ReadFiles(Buffers splits, string folder)
    {
        foreach (string name in splits.Format.Files)
        {
            string path = Path.Combine(folder, name);
            if (!File.Exists(path))
                throw new FoveaException($"Reading {splits.Dataset.Name}: the folder '{folder}' has no {name}, although others of its files are "
                    + $"there. {splits.Dataset.HowToGet}");
            using FileStream file = File.OpenRead(path);
            splits.Read(name, $"'{path}'", file, file.Length);
        }
    }

    private static void ReadArchive(Buffers splits, string archive)
    {
        using FileStream file = File.OpenRead(archive);
        using var unzipped = new GZipStream(file, CompressionMode.Decompress);
        using var tar = new TarReader(unzipped);
        var missing = splits.Format.Files.ToHashSet();
        try
        {
            while (missing.Count > 0 && tar.GetNextEntry() is { } entry)
            {
                string name = entry.Name[(entry.Name.LastIndexOf('/') + 1)..];
                if (entry.DataStream is { } content && missing.Remove(name))
                    splits.Read(name, $"{name} in '{archive}'", content, entry.Length);
            }
        }
        catch (Exception e) when (e is EndOfStreamException or InvalidDataException)
        {
            throw new FoveaException($"Reading '{archive}': it is cut short or damaged ({e.Message.TrimEnd('.')}). Fetch it again.", e);
        }
        if (missing.Count > 0)
            throw new FoveaException($"Reading '{archive}': it does not hold {string.Join(", ", missing.Order(StringComparer.Ordinal))}. "
                + $"It is cut short or another archive than the published {splits.Format.Archive} (the binary version).");
    }

    /// <summary>The two splits while they are filled.</summary>
    private sealed class Buffers(BuiltInDataset dataset, CifarFormat format)
    {
        private readonly byte[] _trainLabels = new byte[format.TrainFiles.Count * format.TrainRecords], _testLabels = new byte[format.TestRecords];
        private readonly byte[] _trainPixels = new byte[format.TrainFiles.Count * format.TrainRecords * ImageBytes];
        private readonly byte[] _testPixels = new byte[format.TestRecords * ImageBytes];

        public BuiltInDataset Dataset => dataset;

        public CifarFormat Format => format;

        public void Read(string name, string source, Stream content, long length)
        {
            if (name == format.TestFile)
            {
                format.Read(source, content, length, _testPixels, _testLabels, dataset.Classes.Count);
                return;
            }
            int first = format.TrainFiles.ToList().IndexOf(name) * format.TrainRecords;
            format.Read(source, content, length, _trainPixels.AsSpan(first * ImageBytes, format.TrainRecords * ImageBytes),
                _trainLabels.AsSpan(first, format.TrainRecords), dataset.Classes.Count);
        }

        public DataSplits Finish(string layout) => new(dataset.Name,
            new MemoryDataset(dataset.Name, "train", dataset.Defaults, dataset.Classes, _trainPixels, _trainLabels),
            new MemoryDataset(dataset.Name, "test", dataset.Defaults, dataset.Classes, _testPixels, _testLabels), layout, dataset.Defaults);
    }
}
