using Fovea.OneDnn.Native;

namespace Fovea.OneDnn.V2;

internal sealed unsafe partial class OneDnnV2
{
    public PrimitiveDesc? ConvolutionForward(
        bool training, ConvAlgorithm algorithm, MemoryDesc src, MemoryDesc weights, MemoryDesc? bias, MemoryDesc dst,
        ReadOnlySpan<long> strides, ReadOnlySpan<long> dilations, ReadOnlySpan<long> padL, ReadOnlySpan<long> padR,
        Attributes? attributes, out string why)
    {
        const string call = "convolution_forward";
        CheckSpatial(call, src, strides.Length, dilations.Length, padL.Length, padR.Length);
        string on = $"{algorithm} src {src}, weights {weights}, bias {Text(bias)}, dst {dst}, {Window(strides, dilations, padL, padR)}";
        byte* op = stackalloc byte[NativeV2.OpDescSize];
        fixed (byte* s = Blob(src), w = Blob(weights), b = Blob(bias), d = Blob(dst))
        fixed (long* stride = strides, dilation = dilations, left = padL, right = padR)
        {
            Status filled = _ops.DilatedConvolutionForwardDescInit(
                op, CodesV2.Forward(training), algorithm.Code(), s, w, b, d, stride, dilation, left, right);
            return Create(call, on, op, filled, null, attributes, out why);
        }
    }

    public PrimitiveDesc? ConvolutionBackwardData(
        ConvAlgorithm algorithm, MemoryDesc diffSrc, MemoryDesc weights, MemoryDesc diffDst,
        ReadOnlySpan<long> strides, ReadOnlySpan<long> dilations, ReadOnlySpan<long> padL, ReadOnlySpan<long> padR,
        PrimitiveDesc? hint, Attributes? attributes, out string why)
    {
        const string call = "convolution_backward_data";
        CheckSpatial(call, diffSrc, strides.Length, dilations.Length, padL.Length, padR.Length);
        string on = $"{algorithm} diff_src {diffSrc}, weights {weights}, diff_dst {diffDst}, {Window(strides, dilations, padL, padR)}";
        PrimitiveDesc? made = hint is null
            ? ConvolutionForward(true, algorithm, AnyOf(diffSrc), AnyOf(weights), null, AnyOf(diffDst), strides, dilations, padL, padR, null, out _)
            : null;
        byte* op = stackalloc byte[NativeV2.OpDescSize];
        using (made)
            fixed (byte* ds = Blob(diffSrc), w = Blob(weights), dd = Blob(diffDst))
            fixed (long* stride = strides, dilation = dilations, left = padL, right = padR)
            {
                Status filled = _ops.DilatedConvolutionBackwardDataDescInit(op, algorithm.Code(), ds, w, dd, stride, dilation, left, right);
                return Create(call, on, op, filled, hint ?? made, attributes, out why);
            }
    }

    public PrimitiveDesc? ConvolutionBackwardWeights(
        ConvAlgorithm algorithm, MemoryDesc src, MemoryDesc diffWeights, MemoryDesc? diffBias, MemoryDesc diffDst,
        ReadOnlySpan<long> strides, ReadOnlySpan<long> dilations, ReadOnlySpan<long> padL, ReadOnlySpan<long> padR,
        PrimitiveDesc? hint, Attributes? attributes, out string why)
    {
        const string call = "convolution_backward_weights";
        CheckSpatial(call, src, strides.Length, dilations.Length, padL.Length, padR.Length);
        string on =
            $"{algorithm} src {src}, diff_weights {diffWeights}, diff_bias {Text(diffBias)}, diff_dst {diffDst}, "
            + Window(strides, dilations, padL, padR);
        PrimitiveDesc? made = hint is null
            ? ConvolutionForward(
                true, algorithm, AnyOf(src), AnyOf(diffWeights), AnyOf(diffBias), AnyOf(diffDst), strides, dilations, padL, padR, null, out _)
            : null;
        byte* op = stackalloc byte[NativeV2.OpDescSize];
        using (made)
            fixed (byte* s = Blob(src), dw = Blob(diffWeights), db = Blob(diffBias), dd = Blob(diffDst))
            fixed (long* stride = strides, dilation = dilations, left = padL, right = padR)
            {
                Status filled = _ops.DilatedConvolutionBackwardWeightsDescInit(op, algorithm.Code(), s, dw, db, dd, stride, dilation, left, right);
                return Create(call, on, op, filled, hint ?? made, attributes, out why);
            }
    }

    /// <summary>The same memory with the layout left open: a hint must not fail over a layout that only the backward pass has.</summary>
    [return: System.Diagnostics.CodeAnalysis.NotNullIfNotNull(nameof(desc))]
    private MemoryDesc? AnyOf(MemoryDesc? desc) => desc is null ? null : Any(desc.Dims, desc.DataType);

    private static string Window(ReadOnlySpan<long> strides, ReadOnlySpan<long> dilations, ReadOnlySpan<long> padL, ReadOnlySpan<long> padR) =>
        $"strides {Text(strides)}, dilations {Text(dilations)}, padding {Text(padL)} and {Text(padR)}";
}
