using Fovea.Formats.Safetensors;

namespace Fovea.Formats.PyTorch;

/// <summary>A run of numbers in the file that tensors are views of.</summary>
/// <param name="key">Its name in the file.</param>
/// <param name="type">Its elements; null for bare bytes.</param>
/// <param name="count">How many.</param>
internal sealed class TorchStorage(string key, TensorType? type, long count)
{
    /// <summary>Its name in the file.</summary>
    public string Key { get; } = key;

    /// <summary>Its elements; null for bare bytes.</summary>
    public TensorType? Type { get; } = type;

    /// <summary>Elements, or bytes where there is no type.</summary>
    public long Count { get; } = count;

    /// <summary>Bytes of one element.</summary>
    public int ElementSize => Type?.Size() ?? 1;

    /// <summary>Bytes of them all; the count was checked to allow it.</summary>
    public long ByteCount => Count * ElementSize;

    /// <summary>Its first byte in the file; negative until it is known.</summary>
    public long FileOffset { get; set; } = -1;
}

/// <summary>A part of a storage, as old files name it; mostly all of it.</summary>
/// <param name="Root">The storage.</param>
/// <param name="Offset">First element.</param>
/// <param name="Count">Elements.</param>
internal sealed record StorageView(TorchStorage Root, long Offset, long Count);

/// <summary>A tensor: a strided view of a storage, checked to lie inside it.</summary>
/// <param name="Storage">The storage.</param>
/// <param name="Type">Its elements.</param>
/// <param name="Offset">The first element, counted from the beginning of the whole storage.</param>
/// <param name="Size">Dimensions.</param>
/// <param name="Stride">Elements from one index to the next, for each dimension.</param>
internal sealed record TorchTensor(TorchStorage Storage, TensorType Type, long Offset, long[] Size, long[] Stride)
{
    /// <summary>True where its elements lie without gaps in row-major order.</summary>
    public bool IsContiguous
    {
        get
        {
            long expected = 1;
            for (int i = Size.Length - 1; i >= 0; i--)
            {
                if (Size[i] != 1 && Stride[i] != expected)
                    return false;
                expected *= Size[i];
            }
            return true;
        }
    }

    /// <summary>Elements from the first to the last that it reaches, both included; the tensor is not empty.</summary>
    public long Extent
    {
        get
        {
            long last = 0;
            for (int i = 0; i < Size.Length; i++)
                last += (Size[i] - 1) * Stride[i];
            return last + 1;
        }
    }
}
