using Fovea.Formats.Safetensors;

namespace Fovea.Formats.PyTorch;

// What the unpickler builds: null, bool, long, BigInteger, double, string, byte[], and the kinds below. None of them does anything.

/// <summary>A Python list.</summary>
internal sealed class PickleList
{
    /// <summary>Its items.</summary>
    public List<object?> Items { get; } = [];
}

/// <summary>A Python tuple, or a torch.Size.</summary>
/// <param name="Items">Its items.</param>
internal sealed record PickleTuple(object?[] Items);

/// <summary>A Python dict or OrderedDict. Pairs in order; no hashing, so no keys that are chosen to collide.</summary>
internal sealed class PickleDict
{
    /// <summary>Keys and values as they were added.</summary>
    public List<KeyValuePair<object?, object?>> Pairs { get; } = [];

    /// <summary>The value under a text key, or null.</summary>
    public object? Find(string key)
    {
        foreach ((object? candidate, object? value) in Pairs)
        {
            if (candidate is string text && text == key)
                return value;
        }
        return null;
    }
}

/// <summary>A function of PyTorch or Python that a file of tensors may name; each only builds what its name says.</summary>
internal enum TorchFunction
{
    /// <summary>collections.OrderedDict.</summary>
    OrderedDict,

    /// <summary>torch.Size.</summary>
    Size,

    /// <summary>torch._utils._rebuild_tensor(storage, offset, size, stride).</summary>
    RebuildTensor,

    /// <summary>torch._utils._rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks[, metadata]).</summary>
    RebuildTensor2,

    /// <summary>torch._utils._rebuild_tensor_v3(storage, offset, size, stride, requires_grad, hooks, dtype[, metadata]).</summary>
    RebuildTensor3,

    /// <summary>torch._utils._rebuild_parameter(tensor, requires_grad, hooks).</summary>
    RebuildParameter,
}

/// <summary>A storage's class.</summary>
/// <param name="Type">Its elements; null for storages of bare bytes.</param>
internal sealed record StorageClass(TensorType? Type);

/// <summary>A dtype.</summary>
/// <param name="Type">The type.</param>
internal sealed record ElementClass(TensorType Type);
