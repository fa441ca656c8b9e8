using Fovea.OneDnn.Native;

namespace Fovea.OneDnn.V2;

/// <summary>A copy of version 2's dnnl_memory_desc_t.</summary>
internal sealed unsafe class MemoryDescV2 : MemoryDesc
{
    private readonly NativeV2 _native;
    private string? _tag;

    private MemoryDescV2(NativeV2 native, byte[] bytes, LayoutV2 layout, long byteSize) : base(layout.Dims, layout.DataType, byteSize)
    {
        _native = native;
        Bytes = bytes;
        IsAny = layout.IsAny;
    }

    /// <summary>The structure, for `fixed` around a call.</summary>
    public byte[] Bytes { get; }

    public override bool IsAny { get; }

    public override string Tag => _tag ??= new LayoutV2(Bytes).Tag;

    /// <summary>Copies the structure at <paramref name="source"/>; null where it is the empty descriptor.</summary>
    public static MemoryDescV2? Copy(NativeV2 native, byte* source)
    {
        if (source == null)
            return null;
        byte[] bytes = new ReadOnlySpan<byte>(source, NativeV2.MemoryDescSize).ToArray();
        LayoutV2 layout = new(bytes);
        return layout.Dims.Length == 0 ? null : new MemoryDescV2(native, bytes, layout, (long)native.MemoryDescGetSize(source));
    }

    public override bool IsPlain(FormatTag tag)
    {
        byte* plain = stackalloc byte[NativeV2.MemoryDescSize];
        fixed (long* dims = Dims)
        {
            if (_native.MemoryDescInitByTag(plain, Dims.Length, dims, DataType.Code(), tag.Code()) != Status.Success)
                return false;
        }

        fixed (byte* own = Bytes)
            return _native.MemoryDescEqual(own, plain) != 0;
    }

    public override MemoryDesc Reshape(params ReadOnlySpan<long> dims)
    {
        byte* result = stackalloc byte[NativeV2.MemoryDescSize];
        fixed (byte* own = Bytes)
        fixed (long* to = dims)
        {
            Status status = _native.MemoryDescReshape(result, own, dims.Length, to);
            status.Check("dnnl_memory_desc_reshape", $"{this} to {string.Join('x', dims.ToArray())}");
        }

        return Copy(_native, result)!;
    }

    public override bool Equals(MemoryDesc? other)
    {
        if (other is not MemoryDescV2 that)
            return false;
        fixed (byte* a = Bytes, b = that.Bytes)
            return ReferenceEquals(this, that) || _native.MemoryDescEqual(a, b) != 0;
    }
}
