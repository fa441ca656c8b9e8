using System.Collections.Immutable;

namespace Fovea.Formats.Safetensors;

/// <summary>One tensor as a safetensors header describes it.</summary>
public sealed class TensorEntry
{
    internal const string MetadataKey = "__metadata__";

    /// <summary>A tensor to be written. Its place in the file follows from the order in which entries are given to the writer.</summary>
    /// <param name="name">Its key; any text but <c>__metadata__</c>.</param>
    /// <param name="type">Element type.</param>
    /// <param name="shape">Dimensions, each at least 0; none for a scalar.</param>
    /// <exception cref="WeightFileException">A negative dimension, more than 2^63 bytes, or the reserved name.</exception>
    public TensorEntry(string name, TensorType type, params ReadOnlySpan<long> shape)
        : this(name, type, [.. shape], 0)
    {
        if (name == MetadataKey)
            throw new WeightFileException($"a tensor cannot be called '{MetadataKey}': the safetensors format reserves that key");
    }

    internal TensorEntry(string name, TensorType type, ImmutableArray<long> shape, long offset)
    {
        ArgumentNullException.ThrowIfNull(name);
        Name = name;
        Type = type;
        Shape = shape;
        Offset = offset;
        if (!TryCountBytes(type, shape.AsSpan(), out long bytes))
            throw new WeightFileException($"tensor '{name}': the shape {ShapeText} has a negative dimension or more than 2^63 bytes");
        ByteCount = bytes;
    }

    /// <summary>Its key, such as <c>features.0.weight</c>.</summary>
    public string Name { get; }

    /// <summary>Element type in the file.</summary>
    public TensorType Type { get; }

    /// <summary>Dimensions, outermost first; empty for a scalar.</summary>
    public ImmutableArray<long> Shape { get; }

    /// <summary>Number of elements: the product of <see cref="Shape"/>.</summary>
    public long ElementCount => ByteCount / Type.Size();

    /// <summary>Bytes in the file.</summary>
    public long ByteCount { get; }

    /// <summary>The shape for messages: <c>[64, 3, 11, 11]</c>.</summary>
    public string ShapeText => $"[{string.Join(", ", Shape)}]";

    /// <summary>First byte, counted from the end of the header.</summary>
    internal long Offset { get; }

    internal static bool TryCountBytes(TensorType type, ReadOnlySpan<long> shape, out long bytes)
    {
        bytes = type.Size();
        bool empty = false;
        foreach (long dimension in shape)
        {
            if (dimension < 0)
                return false;
            if (dimension == 0)
                empty = true;
            else if (bytes > long.MaxValue / dimension)
                return false;
            else
                bytes *= dimension;
        }
        if (empty)
            bytes = 0;
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Name} {Type.FileName()} {ShapeText}";
}
