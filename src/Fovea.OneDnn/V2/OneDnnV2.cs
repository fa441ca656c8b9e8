using Fovea.OneDnn.Native;

namespace Fovea.OneDnn.V2;

/// <summary>oneDNN 2.6 and later of version 2: descriptors, and how any primitive descriptor is made.</summary>
internal sealed unsafe partial class OneDnnV2 : Runtime, IOneDnn
{
    private readonly NativeV2 _native;
    private readonly NativeOpsV2 _ops;

    public OneDnnV2(CommonNative common, NativeV2 native, Version version, string libraryPath) : base(common, version, libraryPath)
    {
        _native = native;
        _ops = native.Ops;
    }

    public MemoryDesc Plain(ReadOnlySpan<long> dims, DataType type, FormatTag tag) => ByTag(dims, type, tag.Code(), tag.ToString());

    public MemoryDesc Any(ReadOnlySpan<long> dims, DataType type) => ByTag(dims, type, CodesV2.TagAny, "any");

    public MemoryDesc Strided(ReadOnlySpan<long> dims, DataType type, ReadOnlySpan<long> strides)
    {
        string on = $"{type.Name()} {Text(dims)} with strides {Text(strides)}";
        if (strides.Length != dims.Length)
            throw new OneDnnException($"oneDNN: a memory descriptor needs one stride per dimension: {on}.");
        CheckRank(dims, on);
        byte* desc = stackalloc byte[NativeV2.MemoryDescSize];
        fixed (long* d = dims, s = strides)
            _native.MemoryDescInitByStrides(desc, dims.Length, d, type.Code(), s).Check("dnnl_memory_desc_init_by_strides", on);
        return MemoryDescV2.Copy(_native, desc)!;
    }

    public override MemoryDesc? QueryMemoryDesc(NativeHandle primitiveDesc, Arg arg)
    {
        // The result points into the primitive descriptor: copied before that may go.
        MemoryDesc? desc = MemoryDescV2.Copy(_native, _native.PrimitiveDescQueryMd(Raw(primitiveDesc), CodesV2.QueryExecArgMd, (int)arg));
        GC.KeepAlive(primitiveDesc);
        return desc;
    }

    public override nint CreateMemory(MemoryDesc desc, nint address, string what)
    {
        nint memory;
        fixed (byte* bytes = Blob(desc))
            Common.MemoryCreate(&memory, bytes, Engine, address).Check("dnnl_memory_create", what);
        return memory;
    }

    private MemoryDescV2 ByTag(ReadOnlySpan<long> dims, DataType type, int tag, string tagName)
    {
        string on = $"{type.Name()} {Text(dims)} {tagName}";
        CheckRank(dims, on);
        byte* desc = stackalloc byte[NativeV2.MemoryDescSize];
        fixed (long* d = dims)
            _native.MemoryDescInitByTag(desc, dims.Length, d, type.Code(), tag).Check("dnnl_memory_desc_init_by_tag", on);
        return MemoryDescV2.Copy(_native, desc)!;
    }

    /// <summary>From a filled operation descriptor to what oneDNN makes of it; null, with the reason, where it has no implementation.</summary>
    private PrimitiveDesc? Create(string call, string on, byte* op, Status filled, PrimitiveDesc? hint, Attributes? attributes, out string why)
    {
        if (filled != Status.Success)
            return Made(filled, 0, $"dnnl_{call}_desc_init", call, on, out why);
        using AttributesV2 attr = new(Common, _native, attributes);
        nint desc;
        Status status = _native.PrimitiveDescCreate(&desc, op, attr.Handle, Engine, Raw(hint?.Handle));
        GC.KeepAlive(hint);
        return Made(status, desc, "dnnl_primitive_desc_create", call, on, out why);
    }

    private PrimitiveDesc? Made(Status status, nint desc, string function, string call, string on, out string why)
    {
        string what = $"{call} {on}";
        if (status == Status.Unimplemented)
        {
            why = $"oneDNN {Version} has no implementation of {what}";
            return null;
        }

        status.Check(function, what);
        why = "";
        return new PrimitiveDesc(this, desc, what);
    }

    /// <summary>The structure behind a descriptor, for `fixed`; null (address 0) where there is none.</summary>
    private static byte[]? Blob(MemoryDesc? desc) => ((MemoryDescV2?)desc)?.Bytes;

    /// <summary>oneDNN reads as many numbers as there are spatial dimensions: fewer would be read from beyond the array.</summary>
    private static void CheckSpatial(string call, MemoryDesc src, params ReadOnlySpan<int> lengths)
    {
        int spatial = src.Dims.Length - 2;
        foreach (int length in lengths)
        {
            if (length != spatial)
                throw new OneDnnException(
                    $"oneDNN: {call} on {src} needs {spatial} numbers for each of strides, dilations, padding and kernel; got {length}.");
        }
    }

    private static void CheckRank(ReadOnlySpan<long> dims, string on)
    {
        if (dims.Length is < 1 or > NativeV2.MaxDims)
            throw new OneDnnException($"oneDNN: a memory descriptor has 1 to {NativeV2.MaxDims} dimensions; got {dims.Length} ({on}).");
    }

    private static string Text(MemoryDesc? desc) => desc?.ToString() ?? "none";

    private static string Text(ReadOnlySpan<long> values) => string.Join('x', values.ToArray());
}
