namespace Fovea.OneDnn;

/// <summary>
/// An immutable memory descriptor (dnnl_memory_desc_t): logical dimensions, element type and layout of a memory. Made by <see cref="IOneDnn.Plain"/>,
/// <see cref="IOneDnn.Strided"/> and <see cref="IOneDnn.Any"/>, or given by <see cref="PrimitiveDesc.Query"/>. Equal descriptors describe the same
/// bytes
/// (strides along dimensions of size 1 do not matter), so a reorder between equal ones is needless.
/// </summary>
public abstract class MemoryDesc : IEquatable<MemoryDesc>
{
    private readonly long[] _dims;

    private protected MemoryDesc(long[] dims, DataType dataType, long byteSize)
    {
        _dims = dims;
        DataType = dataType;
        ByteSize = byteSize;
    }

    /// <summary>Logical dimensions: N, C, H, W of data; OC, IC, KH, KW of weights (G first where grouped); 1 to 12 of them.</summary>
    public ReadOnlySpan<long> Dims => _dims;

    /// <summary>The type of the elements.</summary>
    public DataType DataType { get; }

    /// <summary>Bytes that a memory of this descriptor needs, padding of blocks included; 0 while the layout is <c>any</c>.</summary>
    public long ByteSize { get; }

    /// <summary>Elements, without padding: the product of the dimensions.</summary>
    public long ElementCount
    {
        get
        {
            long count = 1;
            foreach (long d in _dims) count *= d;
            return count;
        }
    }

    /// <summary>True while the layout is left to the primitive that takes this descriptor.</summary>
    public abstract bool IsAny { get; }

    /// <summary>
    /// The layout as DNNL_VERBOSE prints it: letters from outermost to innermost, blocked dimensions in upper case, then the blocks
    /// (<c>abcd</c>, <c>acdb</c>, <c>aBcd16b</c>); <c>any</c>; <c>wino</c> for the private layouts of Winograd weights.
    /// </summary>
    public abstract string Tag { get; }

    /// <summary>
    /// Whether the layout is exactly the one named, dense and without extras; false where the tag is for another number of dimensions.
    /// </summary>
    public abstract bool IsPlain(FormatTag tag);

    /// <summary>
    /// The same bytes under other dimensions (dnnl_memory_desc_reshape): dimensions may be split, joined or added where the layout stays expressible.
    /// </summary>
    /// <exception cref="OneDnnException">The product of the dimensions differs, or the layout cannot be expressed.</exception>
    public abstract MemoryDesc Reshape(params ReadOnlySpan<long> dims);

    /// <summary>Whether both describe the same bytes (dnnl_memory_desc_equal).</summary>
    public abstract bool Equals(MemoryDesc? other);

    /// <inheritdoc/>
    public sealed override bool Equals(object? obj) => Equals(obj as MemoryDesc);

    /// <inheritdoc/>
    public sealed override int GetHashCode()
    {
        // The layout stays out of it: equality ignores strides along dimensions of size 1.
        HashCode hash = default;
        hash.Add(DataType);
        foreach (long d in _dims) hash.Add(d);
        return hash.ToHashCode();
    }

    /// <summary>For messages and plans: <c>f32 64x96x54x54 aBcd16b</c>.</summary>
    public sealed override string ToString() => $"{DataType.Name()} {string.Join('x', _dims)} {Tag}";
}
