using System.Collections.Immutable;
using Fovea.Formats.Safetensors;

namespace Fovea.Formats.PyTorch;

/// <summary>Finds the tensors by name in what a pickle holds: a state dict, or a checkpoint that wraps one.</summary>
internal sealed class StateDict
{
    // What checkpoints call the state dict that they wrap, the commonest first.
    private static readonly string[] Wrappers = ["state_dict", "model_state_dict", "model", "net", "network", "weights"];
    private const int MaxWrapping = 4, EntryBytes = 256, MaxName = 1000;
    // What DataParallel and torch.compile put before every key.
    private static readonly string[] Prefixes = ["module.", "_orig_mod."];

    private StateDict(List<TensorEntry> entries, Dictionary<string, TorchTensor> tensors) => (Entries, Tensors) = (entries, tensors);

    /// <summary>The tensors' names, types and shapes, in order.</summary>
    public List<TensorEntry> Entries { get; }

    /// <summary>The tensors by name.</summary>
    public Dictionary<string, TorchTensor> Tensors { get; }

    /// <summary>Finds the tensors.</summary>
    /// <exception cref="WeightFileException">There is no state dict, or it has a name twice.</exception>
    public static StateDict Find(FileBytes file, object? root, MemoryBudget budget)
    {
        for (int depth = 0; depth < MaxWrapping; depth++)
        {
            if (root is not PickleDict dict)
                throw file.Error("it holds no dictionary of tensors by name: expected what torch.save(model.state_dict(), FILE) writes");
            if (Wrappers.Select(dict.Find).OfType<PickleDict>().FirstOrDefault() is { } inner)
                root = inner;
            else if (HasTensors(dict))
                return Read(file, dict, budget);
            else
                root = OnlyTensors(file, dict);
        }
        throw file.Error("its dictionaries wrap one another too deeply: expected what torch.save(model.state_dict(), FILE) writes");
    }

    private static bool HasTensors(PickleDict dict) => dict.Pairs.Any(pair => pair is { Key: string, Value: TorchTensor });

    /// <summary>Where no usual name leads to the weights: the one dictionary that has tensors by name.</summary>
    private static PickleDict OnlyTensors(FileBytes file, PickleDict dict)
    {
        (string Name, PickleDict Inner)[] inner =
            [.. dict.Pairs.Where(pair => pair is { Key: string, Value: PickleDict d } && HasTensors(d)).Select(pair => ((string)pair.Key!, (PickleDict)pair.Value!))];
        if (inner.Length == 1)
            return inner[0].Inner;
        string expected = "expected what torch.save(model.state_dict(), FILE) writes";
        if (inner.Length == 0)
            throw file.Error($"it holds no tensors by name: {expected}");
        throw file.Error($"it holds {inner.Length} dictionaries of tensors: {string.Join(", ", inner.Take(20).Select(d => $"'{FileBytes.Shown(d.Name)}'"))}. Keep one of them in "
            + $"Python:\n  ck = torch.load(\"{System.IO.Path.GetFileName(file.Path)}\", map_location=\"cpu\")\n  torch.save(ck[\"{FileBytes.Shown(inner[0].Name)}\"], \"weights.pth\")");
    }

    private static StateDict Read(FileBytes file, PickleDict dict, MemoryBudget budget)
    {
        // Values beside the tensors, such as an epoch's number, are no weights.
        List<(string Name, TorchTensor Tensor)> found =
            [.. dict.Pairs.Where(pair => pair is { Key: string, Value: TorchTensor }).Select(pair => ((string)pair.Key!, (TorchTensor)pair.Value!))];
        int skip = 0;
        while (Prefixes.FirstOrDefault(prefix => found.All(item => item.Name.AsSpan(Math.Min(skip, item.Name.Length)).StartsWith(prefix))) is { } shared)
            skip += shared.Length;
        StateDict state = new([], new Dictionary<string, TorchTensor>(StringComparer.Ordinal));
        foreach ((string full, TorchTensor tensor) in found)
        {
            budget.Take(EntryBytes + (2L * full.Length));
            if (full.Length > MaxName || full.Any(char.IsControl))
                throw file.Error($"it holds a tensor with a name of {full.Length} characters, '{FileBytes.Shown(full)}': expected names "
                    + "of modules apart by dots");
            string name = full[skip..];
            if (!state.Tensors.TryAdd(name, tensor))
                throw file.Error($"it holds the tensor '{name}' twice: the file is damaged");
            state.Entries.Add(new TensorEntry(name, tensor.Type, ImmutableArray.Create(tensor.Size), 0));
        }
        return state;
    }
}
