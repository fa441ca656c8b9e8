namespace Fovea.Formats.PyTorch;

/// <summary>
/// The format of torch.save since 1.6: a zip archive with one folder that holds <c>data.pkl</c>, a pickle that names storages by their keys, and
/// <c>data/KEY</c>, the
/// storages' bytes. Source: torch/serialization.py.
/// </summary>
internal static class ZipFormat
{
    private const string Pickle = "data.pkl";

    /// <summary>What the archive's pickle holds, with every storage located.</summary>
    public static object? Read(FileBytes file, MemoryBudget budget)
    {
        ZipDirectory directory = ZipDirectory.Read(file, budget);
        string[] pickles = [.. directory.Records.Keys.Where(name =>
            name.Count(c => c == '/') == 1 && name.EndsWith("/" + Pickle, StringComparison.Ordinal))];
        if (pickles.Length != 1)
        {
            throw file.Error(pickles.Length == 0 ? $"the zip archive holds no data.pkl: this is no file of torch.save. {Advice(file, directory)}"
                : $"the zip archive holds {pickles.Length} data.pkl, expected one: the file is damaged");
        }
        string folder = pickles[0][..^Pickle.Length];
        if (directory.Records.ContainsKey(folder + "constants.pkl"))
        {
            throw file.Error("this is a TorchScript program, not a file of weights; nothing was run. These two lines of Python keep its "
                + "weights alone:\n"
                + $"  sd = torch.jit.load(\"{System.IO.Path.GetFileName(file.Path)}\", map_location=\"cpu\").state_dict()\n  "
                    + "torch.save(sd, \"weights.pth\")");
        }
        CheckByteOrder(file, directory, folder);
        ZipRecord record = directory.Locate(pickles[0]);
        TorchBuilder builder = new(file, budget);
        ByteSource source = new(file, record.Offset, record.Offset + record.Length, "the archive's pickle");
        object? root = new Unpickler(file, source, budget, builder).Load();
        foreach (TorchStorage storage in builder.Storages.Values)
        {
            ZipRecord data = directory.Locate($"{folder}data/{storage.Key}");
            if (data.Length < storage.ByteCount)
            {
                throw file.Error($"the storage '{FileBytes.Shown(storage.Key)}' needs {storage.ByteCount} bytes, the archive holds "
                    + $"{data.Length} of it: the file is damaged");
            }
            storage.FileOffset = data.Offset;
        }
        return root;
    }

    private static string Advice(FileBytes file, ZipDirectory directory)
    {
        string[] names = [.. directory.Records.Keys.Where(name => !name.EndsWith('/'))];
        if (names.Length > 0 && names.All(name => name.EndsWith(".npy", StringComparison.Ordinal)))
        {
            return "It is an archive of NumPy arrays; these two lines of Python turn it into weights:\n"
                + $"  z = numpy.load(\"{System.IO.Path.GetFileName(file.Path)}\")\n  "
                + "torch.save({k: torch.from_numpy(z[k]) for k in z.files}, \"weights.pth\")";
        }
        string shown = string.Join(", ", names.Take(5).Select(FileBytes.Shown)) + (names.Length > 5 ? ", ..." : "");
        return names.Length == 0 ? "It is empty" : $"It holds {shown}: unpack it and import the file of weights inside";
    }

    private static void CheckByteOrder(FileBytes file, ZipDirectory directory, string folder)
    {
        if (!directory.Records.ContainsKey(folder + "byteorder"))
            return;
        ZipRecord record = directory.Locate(folder + "byteorder");
        Span<byte> order = stackalloc byte[16];
        order = order[..(int)Math.Min(record.Length, order.Length)];
        file.Read(record.Offset, order, "the byte order");
        if (!order.SequenceEqual("little"u8))
            throw file.Error("the file was written on a big-endian machine, which is not supported");
    }
}
