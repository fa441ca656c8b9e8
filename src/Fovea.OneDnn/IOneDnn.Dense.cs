namespace Fovea.OneDnn;

// Primitives with weights.
public partial interface IOneDnn
{
    /// <summary>
    /// dst = src * weights + bias. src (N, IC, IH, IW), weights (OC, IC, KH, KW) or (G, OC/G, IC/G, KH, KW), bias (OC), dst (N, OC, OH, OW). Args:
    /// Src, Weights, Bias, Dst, Scratchpad.
    /// </summary>
    /// <param name="training">False: float32 weights may be laid out for inference alone.</param>
    /// <param name="algorithm">Direct, Winograd or oneDNN's choice.</param>
    /// <param name="src">The source.</param>
    /// <param name="weights">The weights.</param>
    /// <param name="bias">The bias; null: none.</param>
    /// <param name="dst">The result; OH = (IH - ((KH - 1) * (dilation + 1) + 1) + padL + padR) / stride + 1, rounded down.</param>
    /// <param name="strides">By spatial dimension.</param>
    /// <param name="dilations">By spatial dimension; 0 is dense.</param>
    /// <param name="padL">Padding at the top, left.</param>
    /// <param name="padR">Padding at the bottom, right; may differ from <paramref name="padL"/>.</param>
    /// <param name="attributes">Post-ops; null: none.</param>
    /// <param name="why">The reason where the result is null, else empty.</param>
    PrimitiveDesc? ConvolutionForward(
        bool training, ConvAlgorithm algorithm, MemoryDesc src, MemoryDesc weights, MemoryDesc? bias, MemoryDesc dst,
        ReadOnlySpan<long> strides, ReadOnlySpan<long> dilations, ReadOnlySpan<long> padL, ReadOnlySpan<long> padR,
        Attributes? attributes, out string why);

    /// <summary>
    /// The gradient of a convolution's source. Args: DiffDst, Weights, DiffSrc, Scratchpad. <paramref name="hint"/>: the forward pass; null: made
    /// here.
    /// </summary>
    PrimitiveDesc? ConvolutionBackwardData(
        ConvAlgorithm algorithm, MemoryDesc diffSrc, MemoryDesc weights, MemoryDesc diffDst,
        ReadOnlySpan<long> strides, ReadOnlySpan<long> dilations, ReadOnlySpan<long> padL, ReadOnlySpan<long> padR,
        PrimitiveDesc? hint, Attributes? attributes, out string why);

    /// <summary>
    /// The gradients of a convolution's weights and bias. Args: Src, DiffDst, DiffWeights, DiffBias, Scratchpad. <paramref name="hint"/>: the forward
    /// pass; null: made here.
    /// </summary>
    PrimitiveDesc? ConvolutionBackwardWeights(
        ConvAlgorithm algorithm, MemoryDesc src, MemoryDesc diffWeights, MemoryDesc? diffBias, MemoryDesc diffDst,
        ReadOnlySpan<long> strides, ReadOnlySpan<long> dilations, ReadOnlySpan<long> padL, ReadOnlySpan<long> padR,
        PrimitiveDesc? hint, Attributes? attributes, out string why);

    /// <summary>
    /// dst = src * weights^T + bias. src (N, IC) or (N, IC, IH, IW), weights (OC, IC) or (OC, IC, IH, IW), bias (OC), dst (N, OC). Args: Src,
    /// Weights, Bias, Dst, Scratchpad.
    /// </summary>
    PrimitiveDesc? InnerProductForward(
        bool training, MemoryDesc src, MemoryDesc weights, MemoryDesc? bias, MemoryDesc dst, Attributes? attributes, out string why);

    /// <summary>
    /// The gradient of an inner product's source. Args: DiffDst, Weights, DiffSrc, Scratchpad. <paramref name="hint"/>: the forward pass; null: made
    /// here.
    /// </summary>
    PrimitiveDesc? InnerProductBackwardData(
        MemoryDesc diffSrc, MemoryDesc weights, MemoryDesc diffDst, PrimitiveDesc? hint, Attributes? attributes, out string why);

    /// <summary>
    /// The gradients of an inner product's weights and bias. Args: Src, DiffDst, DiffWeights, DiffBias, Scratchpad. <paramref name="hint"/>: the
    /// forward pass; null: made here.
    /// </summary>
    PrimitiveDesc? InnerProductBackwardWeights(
        MemoryDesc src, MemoryDesc diffWeights, MemoryDesc? diffBias, MemoryDesc diffDst,
        PrimitiveDesc? hint, Attributes? attributes, out string why);

    /// <summary>
    /// dst = src x weights + bias of matrices: src (M, K), weights (K, N), bias (1, N), dst (M, N), or batches of them with one more dimension in
    /// front.
    /// Args: Src, Weights, Bias, Dst, Scratchpad. Weights of a linear layer, (OC, IC) in natural order, are a (K, N) of <see cref="FormatTag.Cn"/>:
    /// version 2.6 multiplies by them as they lie as fast as the inner product does by its own layout, which needs a copy first.
    /// </summary>
    PrimitiveDesc? Matmul(MemoryDesc src, MemoryDesc weights, MemoryDesc? bias, MemoryDesc dst, Attributes? attributes, out string why);
}
