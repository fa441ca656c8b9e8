using Fovea.OneDnn.Native;

namespace Fovea.OneDnn.V2;

internal sealed unsafe partial class OneDnnV2
{
    public PrimitiveDesc? InnerProductForward(
        bool training, MemoryDesc src, MemoryDesc weights, MemoryDesc? bias, MemoryDesc dst, Attributes? attributes, out string why)
    {
        string on = $"src {src}, weights {weights}, bias {Text(bias)}, dst {dst}";
        byte* op = stackalloc byte[NativeV2.OpDescSize];
        fixed (byte* s = Blob(src), w = Blob(weights), b = Blob(bias), d = Blob(dst))
        {
            Status filled = _ops.InnerProductForwardDescInit(op, CodesV2.Forward(training), s, w, b, d);
            return Create("inner_product_forward", on, op, filled, null, attributes, out why);
        }
    }

    public PrimitiveDesc? InnerProductBackwardData(
        MemoryDesc diffSrc, MemoryDesc weights, MemoryDesc diffDst, PrimitiveDesc? hint, Attributes? attributes, out string why)
    {
        string on = $"diff_src {diffSrc}, weights {weights}, diff_dst {diffDst}";
        PrimitiveDesc? made = hint is null ? InnerProductForward(true, AnyOf(diffSrc), AnyOf(weights), null, AnyOf(diffDst), null, out _) : null;
        byte* op = stackalloc byte[NativeV2.OpDescSize];
        using (made)
            fixed (byte* ds = Blob(diffSrc), w = Blob(weights), dd = Blob(diffDst))
            {
                Status filled = _ops.InnerProductBackwardDataDescInit(op, ds, w, dd);
                return Create("inner_product_backward_data", on, op, filled, hint ?? made, attributes, out why);
            }
    }

    public PrimitiveDesc? InnerProductBackwardWeights(
        MemoryDesc src, MemoryDesc diffWeights, MemoryDesc? diffBias, MemoryDesc diffDst, PrimitiveDesc? hint, Attributes? attributes, out string why)
    {
        string on = $"src {src}, diff_weights {diffWeights}, diff_bias {Text(diffBias)}, diff_dst {diffDst}";
        PrimitiveDesc? made = hint is null
            ? InnerProductForward(true, AnyOf(src), AnyOf(diffWeights), AnyOf(diffBias), AnyOf(diffDst), null, out _)
            : null;
        byte* op = stackalloc byte[NativeV2.OpDescSize];
        using (made)
            fixed (byte* s = Blob(src), dw = Blob(diffWeights), db = Blob(diffBias), dd = Blob(diffDst))
            {
                Status filled = _ops.InnerProductBackwardWeightsDescInit(op, s, dw, db, dd);
                return Create("inner_product_backward_weights", on, op, filled, hint ?? made, attributes, out why);
            }
    }

    public PrimitiveDesc? Matmul(MemoryDesc src, MemoryDesc weights, MemoryDesc? bias, MemoryDesc dst, Attributes? attributes, out string why)
    {
        string on = $"src {src}, weights {weights}, bias {Text(bias)}, dst {dst}";
        byte* op = stackalloc byte[NativeV2.OpDescSize];
        fixed (byte* s = Blob(src), w = Blob(weights), b = Blob(bias), d = Blob(dst))
            return Create("matmul", on, op, _ops.MatmulDescInit(op, s, w, b, d), null, attributes, out why);
    }
}
