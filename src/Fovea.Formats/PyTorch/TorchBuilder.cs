using Fovea.Formats.Safetensors;

namespace Fovea.Formats.PyTorch;

/// <summary>What a pickle may have built: dictionaries, sizes, and tensors over storages. It also keeps the storages, one per key.</summary>
internal sealed class TorchBuilder(FileBytes file, MemoryBudget budget)
{
    private const int MaxRank = 64, TensorBytes = 256;
    private readonly Dictionary<string, TorchStorage> _storages = new(StringComparer.Ordinal);

    /// <summary>The storages that the pickle named, by key.</summary>
    public IReadOnlyDictionary<string, TorchStorage> Storages => _storages;

    /// <summary>A call of one of the few known functions.</summary>
    public object Call(object? function, object? arguments)
    {
        object?[] args = arguments is PickleTuple tuple ? tuple.Items : throw Error("calls a function without a tuple of arguments");
        return function switch
        {
            TorchFunction.OrderedDict => Dictionary(args),
            TorchFunction.Size when args.Length == 1 => new PickleTuple([.. Integers(args[0])]),
            TorchFunction.RebuildTensor when args.Length >= 4 => Tensor(args, null),
            TorchFunction.RebuildTensor2 when args.Length >= 6 => Tensor(args, null),
            TorchFunction.RebuildTensor3 when args.Length >= 7 && args[6] is ElementClass element => Tensor(args, element.Type),
            TorchFunction.RebuildParameter when args.Length >= 1 && args[0] is TorchTensor tensor => tensor,
            TorchFunction known => throw Error($"calls {known} with {args.Length} arguments that do not fit it"),
            _ => throw Error("calls something that is no known function"),
        };
    }

    /// <summary>
    /// A persistent id: ("storage", class, key, location, count[, (view key, offset, count)]). The location, such as "cuda:0", is not needed.
    /// </summary>
    public StorageView Storage(object? id)
    {
        if (id is PickleTuple { Items: ["module", ..] })
        {
            throw file.Error("this is a whole saved module with its source code, not its weights; nothing was run. "
                + $"If you trust it, these two lines of Python keep its weights alone:\n{TorchGlobals.Conversion(file)}");
        }
        if (id is not PickleTuple { Items: ["storage", StorageClass kind, string key, string or null, long count, ..] items } || items.Length > 6)
            throw Error("names a storage in a way that is not known");
        int size = kind.Type?.Size() ?? 1;
        if (count < 0 || count > long.MaxValue / size)
            throw Error($"names the storage '{FileBytes.Shown(key)}' of {count} elements");
        if (!_storages.TryGetValue(key, out TorchStorage? root))
        {
            budget.Take(TensorBytes);
            _storages.Add(key, root = new TorchStorage(key, kind.Type, count));
        }
        if (root.Type != kind.Type || root.Count != count)
            throw Error($"names the storage '{FileBytes.Shown(key)}' twice, with {root.Count} and {count} elements or of different types");
        budget.Take(MemoryBudget.Small);
        if (items.Length < 6 || items[5] is null)
            return new StorageView(root, 0, count);
        // Parts are of files from before storages of bare bytes.
        if (kind.Type is null || items[5] is not PickleTuple { Items: [string, long offset, long part] }
            || offset < 0 || part < 0 || offset > count || part > count - offset)
            throw Error($"names a part of the storage '{FileBytes.Shown(key)}' that does not lie inside it");
        return new StorageView(root, offset, part);
    }

    private PickleDict Dictionary(object?[] args)
    {
        budget.Take(MemoryBudget.Small * 2);
        PickleDict dict = new();
        if (args.Length == 0)
            return dict;
        if (args is not [PickleList list])
            throw Error("makes an OrderedDict of something other than a list of pairs");
        // A list can be used again and again: each use counts.
        budget.Take(2L * MemoryBudget.Slot * list.Items.Count);
        foreach (object? item in list.Items)
        {
            object?[] pair = item switch
            {
                PickleTuple { Items: [_, _] } two => two.Items,
                PickleList { Items: [_, _] } two => [.. two.Items],
                _ => throw Error("makes an OrderedDict of something other than a list of pairs"),
            };
            dict.Pairs.Add(new(pair[0], pair[1]));
        }
        return dict;
    }

    private TorchTensor Tensor(object?[] args, TensorType? given)
    {
        if (args[0] is not StorageView view || args[1] is not long offset)
            throw Error("makes a tensor without a storage or an offset");
        TensorType type = given ?? view.Root.Type ?? throw Error("makes a tensor of bytes without a type");
        if (given is not null && view.Root.Type is not null && view.Root.Type != given)
            throw Error($"makes a tensor of {given} over a storage of {view.Root.Type}");
        budget.Take(TensorBytes);
        long[] size = [.. Integers(args[2]).Cast<long>()], stride = [.. Integers(args[3]).Cast<long>()];
        string text = $"[{string.Join(", ", size)}]";
        if (size.Length != stride.Length || offset < 0 || size.Any(n => n < 0) || stride.Any(n => n < 0))
            throw Error($"makes a tensor of size {text}, strides [{string.Join(", ", stride)}] and offset {offset}");
        if (!TensorEntry.TryCountBytes(type, size, out _))
            throw Error($"makes a tensor of size {text}, which has more than 2^63 bytes");
        long count = view.Root.Type is null ? view.Count / type.Size() : view.Count;
        CheckInside(size, stride, offset, count, view.Root.Key);
        return new TorchTensor(view.Root, type, view.Offset + offset, size, stride);
    }

    private void CheckInside(long[] size, long[] stride, long offset, long count, string key)
    {
        if (size.Contains(0))
            return;
        Int128 last = offset;
        for (int i = 0; i < size.Length && last < count; i++)
            last += (Int128)(size[i] - 1) * stride[i];
        if (last >= count)
        {
            throw Error($"makes a tensor of size [{string.Join(", ", size)}] that points outside its storage '{FileBytes.Shown(key)}': "
                + $"its last element is number {last}, the storage has {count}");
        }
    }

    private IEnumerable<object> Integers(object? value)
    {
        IReadOnlyList<object?> items = value switch
        {
            PickleTuple tuple => tuple.Items,
            PickleList list => list.Items,
            _ => throw Error("gives a size that is no tuple"),
        };
        if (items.Count > MaxRank)
            throw Error($"gives a size of {items.Count} dimensions, expected at most {MaxRank}");
        budget.Take(2L * MemoryBudget.Slot * items.Count);
        return items.Select(item => item as long? ?? throw Error("gives a size that is not of whole numbers")).Cast<object>();
    }

    private WeightFileException Error(string what) => file.Error($"its pickle {what}: the file is damaged or no file of weights");
}
