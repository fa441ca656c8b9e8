using Fovea.OneDnn.Native;

namespace Fovea.OneDnn.V2;

internal sealed unsafe partial class OneDnnV2
{
    public PrimitiveDesc? EltwiseForward(
        bool training, EltwiseAlgorithm algorithm, MemoryDesc src, float alpha, float beta, Attributes? attributes, out string why)
    {
        string on = $"{algorithm} src {src}, alpha {alpha}, beta {beta}";
        byte* op = stackalloc byte[NativeV2.OpDescSize];
        fixed (byte* s = Blob(src))
        {
            Status filled = _ops.EltwiseForwardDescInit(op, CodesV2.Forward(training), algorithm.Code(), s, alpha, beta);
            return Create("eltwise_forward", on, op, filled, null, attributes, out why);
        }
    }

    public PrimitiveDesc? EltwiseBackward(
        EltwiseAlgorithm algorithm, MemoryDesc diff, MemoryDesc data, float alpha, float beta,
        PrimitiveDesc? hint, Attributes? attributes, out string why)
    {
        string on = $"{algorithm} diff {diff}, data {data}, alpha {alpha}, beta {beta}";
        PrimitiveDesc? made = hint is null ? EltwiseForward(true, algorithm, data, alpha, beta, null, out _) : null;
        byte* op = stackalloc byte[NativeV2.OpDescSize];
        using (made)
            fixed (byte* g = Blob(diff), d = Blob(data))
            {
                Status filled = _ops.EltwiseBackwardDescInit(op, algorithm.Code(), g, d, alpha, beta);
                return Create("eltwise_backward", on, op, filled, hint ?? made, attributes, out why);
            }
    }

    public PrimitiveDesc? SoftmaxForward(
        bool training, SoftmaxAlgorithm algorithm, MemoryDesc src, MemoryDesc dst, int axis, Attributes? attributes, out string why)
    {
        string on = $"{algorithm} src {src}, dst {dst}, axis {axis}";
        byte* op = stackalloc byte[NativeV2.OpDescSize];
        fixed (byte* s = Blob(src), d = Blob(dst))
        {
            Status filled = _ops.SoftmaxV2ForwardDescInit(op, CodesV2.Forward(training), algorithm.Code(), s, d, axis);
            return Create("softmax_forward", on, op, filled, null, attributes, out why);
        }
    }

    public PrimitiveDesc? Binary(BinaryAlgorithm algorithm, MemoryDesc src0, MemoryDesc src1, MemoryDesc dst, Attributes? attributes, out string why)
    {
        string on = $"{algorithm} src {src0}, src1 {src1}, dst {dst}";
        byte* op = stackalloc byte[NativeV2.OpDescSize];
        fixed (byte* a = Blob(src0), b = Blob(src1), d = Blob(dst))
            return Create("binary", on, op, _ops.BinaryDescInit(op, algorithm.Code(), a, b, d), null, attributes, out why);
    }
}
