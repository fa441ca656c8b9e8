using Fovea.OneDnn.Native;

namespace Fovea.OneDnn.V2;

// The three that have no operation descriptor in version 2 either.
internal sealed unsafe partial class OneDnnV2
{
    public PrimitiveDesc? Reorder(MemoryDesc from, MemoryDesc to, Attributes? attributes, out string why)
    {
        using AttributesV2 attr = new(Common, _native, attributes);
        nint desc;
        fixed (byte* s = Blob(from), d = Blob(to))
        {
            Status status = _native.ReorderPrimitiveDescCreate(&desc, s, Engine, d, Engine, attr.Handle);
            return Made(status, desc, "dnnl_reorder_primitive_desc_create", "reorder", $"{from} to {to}", out why);
        }
    }

    public PrimitiveDesc? Concat(MemoryDesc dst, int axis, ReadOnlySpan<MemoryDesc> srcs, Attributes? attributes, out string why)
    {
        using AttributesV2 attr = new(Common, _native, attributes);
        byte[] sources = Joined(srcs);
        nint desc;
        fixed (byte* s = sources, d = Blob(dst))
        {
            Status status = _native.ConcatPrimitiveDescCreate(&desc, d, srcs.Length, axis, s, attr.Handle, Engine);
            return Made(status, desc, "dnnl_concat_primitive_desc_create", "concat", $"dst {dst}, axis {axis}, srcs {Text(srcs)}", out why);
        }
    }

    public PrimitiveDesc? Sum(MemoryDesc dst, ReadOnlySpan<float> scales, ReadOnlySpan<MemoryDesc> srcs, Attributes? attributes, out string why)
    {
        if (scales.Length != srcs.Length)
            throw new OneDnnException($"oneDNN: sum needs one scale per source: {scales.Length} scales, {srcs.Length} sources.");
        using AttributesV2 attr = new(Common, _native, attributes);
        byte[] sources = Joined(srcs);
        nint desc;
        fixed (byte* s = sources, d = Blob(dst))
        fixed (float* factors = scales)
        {
            Status status = _native.SumPrimitiveDescCreate(&desc, d, srcs.Length, factors, s, attr.Handle, Engine);
            return Made(status, desc, "dnnl_sum_primitive_desc_create", "sum", $"dst {dst}, srcs {Text(srcs)}", out why);
        }
    }

    private static byte[] Joined(ReadOnlySpan<MemoryDesc> descs)
    {
        byte[] joined = new byte[descs.Length * NativeV2.MemoryDescSize];
        for (int i = 0; i < descs.Length; i++)
            Blob(descs[i])!.CopyTo(joined, i * NativeV2.MemoryDescSize);
        return joined;
    }

    private static string Text(ReadOnlySpan<MemoryDesc> descs) => string.Join(", ", descs.ToArray().Select(d => d.ToString()));
}
