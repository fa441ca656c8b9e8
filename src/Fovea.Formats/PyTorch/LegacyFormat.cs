using System.Numerics;

namespace Fovea.Formats.PyTorch;

/// <summary>
/// The format of torch.save before 1.6: five pickles one after the other (a magic number, the protocol's version, facts of the machine, the
/// object, the keys of the
/// storages in the order in which they follow), then each storage as its element count in 8 bytes and its bytes. Source: torch/serialization.py.
/// </summary>
internal static class LegacyFormat
{
    private const long Protocol = 1001;
    private static readonly BigInteger Magic = BigInteger.Parse("119547037146038801333356", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>What the fourth pickle holds, with every storage located.</summary>
    public static object? Read(FileBytes file, MemoryBudget budget)
    {
        ByteSource source = new(file, 0, file.Length, "a pickle");
        TorchBuilder builder = new(file, budget);
        if (Next() is not BigInteger magic || magic != Magic)
            throw file.Error("it begins as a Python pickle, but not as torch.save's: expected a file that torch.save wrote");
        if (Next() is not Protocol)
            throw file.Error($"it is of another version of torch.save's format, expected {Protocol}");
        if (Next() is not PickleDict facts || facts.Find("little_endian") is not true)
            throw file.Error("the file was written on a big-endian machine or is damaged: its facts about the machine do not say little_endian");
        object? root = Next();
        if (Next() is not PickleList keys)
            throw file.Error("the list of storages is missing: the file is damaged");
        foreach (object? key in keys.Items)
            Locate(key);
        foreach (TorchStorage storage in builder.Storages.Values.Where(s => s.FileOffset < 0))
            throw file.Error($"the storage '{FileBytes.Shown(storage.Key)}' is not in the file: the file is damaged");
        return root;

        object? Next() => new Unpickler(file, source, budget, builder).Load();

        void Locate(object? key)
        {
            if (key is not string text || !builder.Storages.TryGetValue(text, out TorchStorage? storage) || storage.FileOffset >= 0)
                throw file.Error("the list of storages names one that no tensor uses, or one twice"
                    + $"{(key is string name ? $": '{FileBytes.Shown(name)}'" : "")}");
            long count = source.ReadInt64();
            if (count != storage.Count)
                throw file.Error($"the storage '{FileBytes.Shown(storage.Key)}' has {count} elements, expected {storage.Count}: the file is damaged");
            storage.FileOffset = source.Position;
            source.Skip(storage.ByteCount);
        }
    }
}
