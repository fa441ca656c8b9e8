using Fovea.OneDnn.Native;

namespace Fovea.OneDnn.V2;

internal sealed unsafe partial class OneDnnV2
{
    public PrimitiveDesc? PoolingForward(
        bool training, PoolAlgorithm algorithm, MemoryDesc src, MemoryDesc dst, ReadOnlySpan<long> kernel, ReadOnlySpan<long> strides,
        ReadOnlySpan<long> dilations, ReadOnlySpan<long> padL, ReadOnlySpan<long> padR, Attributes? attributes, out string why)
    {
        const string call = "pooling_forward";
        CheckSpatial(call, src, kernel.Length, strides.Length, dilations.Length, padL.Length, padR.Length);
        string on = $"{algorithm} src {src}, dst {dst}, kernel {Text(kernel)}, {Window(strides, dilations, padL, padR)}";
        byte* op = stackalloc byte[NativeV2.OpDescSize];
        fixed (byte* s = Blob(src), d = Blob(dst))
        fixed (long* size = kernel, stride = strides, dilation = dilations, left = padL, right = padR)
        {
            Status filled = _ops.PoolingV2ForwardDescInit(
                op, CodesV2.Forward(training), algorithm.Code(), s, d, stride, size, dilation, left, right);
            return Create(call, on, op, filled, null, attributes, out why);
        }
    }

    public PrimitiveDesc? PoolingBackward(
        PoolAlgorithm algorithm, MemoryDesc diffSrc, MemoryDesc diffDst, ReadOnlySpan<long> kernel, ReadOnlySpan<long> strides,
        ReadOnlySpan<long> dilations, ReadOnlySpan<long> padL, ReadOnlySpan<long> padR, PrimitiveDesc? hint, Attributes? attributes, out string why)
    {
        const string call = "pooling_backward";
        CheckSpatial(call, diffSrc, kernel.Length, strides.Length, dilations.Length, padL.Length, padR.Length);
        string on = $"{algorithm} diff_src {diffSrc}, diff_dst {diffDst}, kernel {Text(kernel)}, {Window(strides, dilations, padL, padR)}";
        PrimitiveDesc? made = null;
        if (hint is null)
        {
            // A forward pass takes its source's layout as given.
            if (diffSrc.IsAny)
                throw new OneDnnException($"oneDNN: {call} on {on} needs the forward pass as hint, or a source with a layout.");
            made = PoolingForward(true, algorithm, diffSrc, AnyOf(diffDst), kernel, strides, dilations, padL, padR, null, out _);
        }

        byte* op = stackalloc byte[NativeV2.OpDescSize];
        using (made)
            fixed (byte* ds = Blob(diffSrc), dd = Blob(diffDst))
            fixed (long* size = kernel, stride = strides, dilation = dilations, left = padL, right = padR)
            {
                Status filled = _ops.PoolingV2BackwardDescInit(op, algorithm.Code(), ds, dd, stride, size, dilation, left, right);
                return Create(call, on, op, filled, hint ?? made, attributes, out why);
            }
    }
}
