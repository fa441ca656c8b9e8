namespace Fovea.OneDnn;

// Pooling, normalisation and what works element by element.
public partial interface IOneDnn
{
    /// <summary>
    /// Pooling. src (N, C, IH, IW), dst (N, C, OH, OW). Args: Src, Dst, Workspace (max, in training), Scratchpad. Rounding up is expressed by a
    /// larger <paramref name="padR"/>.
    /// </summary>
    /// <param name="training">True: a backward pass will follow.</param>
    /// <param name="algorithm">Max, or an average with or without padding counted.</param>
    /// <param name="src">The source; its layout must be given.</param>
    /// <param name="dst">The result; <c>any</c> takes the source's layout.</param>
    /// <param name="kernel">The window by spatial dimension.</param>
    /// <param name="strides">By spatial dimension.</param>
    /// <param name="dilations">By spatial dimension; 0 is dense.</param>
    /// <param name="padL">Padding at the top, left.</param>
    /// <param name="padR">Padding at the bottom, right.</param>
    /// <param name="attributes">Post-ops; null: none.</param>
    /// <param name="why">The reason where the result is null, else empty.</param>
    PrimitiveDesc? PoolingForward(
        bool training, PoolAlgorithm algorithm, MemoryDesc src, MemoryDesc dst, ReadOnlySpan<long> kernel, ReadOnlySpan<long> strides,
        ReadOnlySpan<long> dilations, ReadOnlySpan<long> padL, ReadOnlySpan<long> padR, Attributes? attributes, out string why);

    /// <summary>
    /// The gradient of pooling's source. Args: DiffDst, DiffSrc, Workspace (max), Scratchpad. <paramref name="hint"/>: the forward pass; null: made
    /// here for the layouts given,
    /// but max pooling's workspace must come from a forward pass of the same layout.
    /// </summary>
    PrimitiveDesc? PoolingBackward(
        PoolAlgorithm algorithm, MemoryDesc diffSrc, MemoryDesc diffDst, ReadOnlySpan<long> kernel, ReadOnlySpan<long> strides,
        ReadOnlySpan<long> dilations, ReadOnlySpan<long> padL, ReadOnlySpan<long> padR, PrimitiveDesc? hint, Attributes? attributes, out string why);

    /// <summary>
    /// Local response normalisation: dst = src * (k + alpha / n * sum of squares over the window) ^ -beta, with n = size across channels and size *
    /// size within one:
    /// oneDNN divides alpha itself. dst has src's layout. Args: Src, Dst, Workspace (where a training pass has one), Scratchpad.
    /// </summary>
    PrimitiveDesc? LrnForward(
        bool training, bool acrossChannels, MemoryDesc src, long size, float alpha, float beta, float k, Attributes? attributes, out string why);

    /// <summary>
    /// The gradient of it. <paramref name="diff"/> is the layout of DiffDst and DiffSrc. Args: Src, DiffDst, DiffSrc, Workspace (not the reference
    /// kernel), Scratchpad.
    /// <paramref name="hint"/>: the forward pass; null: made here.
    /// </summary>
    PrimitiveDesc? LrnBackward(
        bool acrossChannels, MemoryDesc diff, MemoryDesc src, long size, float alpha, float beta, float k,
        PrimitiveDesc? hint, Attributes? attributes, out string why);

    /// <summary>Element by element: dst = f(src), in src's layout; dst may be src. Args: Src, Dst, Scratchpad.</summary>
    PrimitiveDesc? EltwiseForward(
        bool training, EltwiseAlgorithm algorithm, MemoryDesc src, float alpha, float beta, Attributes? attributes, out string why);

    /// <summary>
    /// The gradient of it. <paramref name="diff"/> is the layout of DiffDst and DiffSrc (which may be one memory), <paramref name="data"/> that of
    /// the source, or of the result with the UseDst algorithms.
    /// Args: Src (or Dst with UseDst), DiffDst, DiffSrc, Scratchpad. <paramref name="hint"/>: the forward pass; null: made here.
    /// </summary>
    PrimitiveDesc? EltwiseBackward(
        EltwiseAlgorithm algorithm, MemoryDesc diff, MemoryDesc data, float alpha, float beta,
        PrimitiveDesc? hint, Attributes? attributes, out string why);

    /// <summary>Softmax along <paramref name="axis"/> (1: classes of an (N, C) source). Args: Src, Dst, Scratchpad.</summary>
    PrimitiveDesc? SoftmaxForward(
        bool training, SoftmaxAlgorithm algorithm, MemoryDesc src, MemoryDesc dst, int axis, Attributes? attributes, out string why);

    /// <summary>
    /// Batch normalisation by channel; dst has src's layout. Args: Src, Dst, Mean, Variance, Scale, Shift, Workspace (training with FuseRelu),
    /// Scratchpad.
    /// The variance is the biased one (divided by N * H * W).
    /// </summary>
    PrimitiveDesc? BatchNormForward(
        bool training, MemoryDesc src, float epsilon, BatchNormOptions options, Attributes? attributes, out string why);

    /// <summary>
    /// The gradients of it. <paramref name="diff"/> is the layout of DiffDst and DiffSrc. Args: Src, Mean, Variance, Scale, Shift (version 2 wants it
    /// here too), DiffDst, DiffSrc,
    /// DiffScale, DiffShift, Workspace, Scratchpad.
    /// <paramref name="hint"/>: the forward pass; null: made here.
    /// </summary>
    PrimitiveDesc? BatchNormBackward(
        MemoryDesc diff, MemoryDesc src, float epsilon, BatchNormOptions options, PrimitiveDesc? hint, Attributes? attributes, out string why);

    /// <summary>dst = sum of scales[i] * srcs[i]. Args: MultipleSrc + i, Dst, Scratchpad.</summary>
    PrimitiveDesc? Sum(MemoryDesc dst, ReadOnlySpan<float> scales, ReadOnlySpan<MemoryDesc> srcs, Attributes? attributes, out string why);

    /// <summary>
    /// The sources one after another along <paramref name="axis"/> (1: channels). <c>any</c> as dst: chosen. Args: MultipleSrc + i, Dst, Scratchpad.
    /// </summary>
    PrimitiveDesc? Concat(MemoryDesc dst, int axis, ReadOnlySpan<MemoryDesc> srcs, Attributes? attributes, out string why);

    /// <summary>dst = f(src0, src1), src1 broadcast along its dimensions of size 1. Args: Src, Src1, Dst, Scratchpad.</summary>
    PrimitiveDesc? Binary(BinaryAlgorithm algorithm, MemoryDesc src0, MemoryDesc src1, MemoryDesc dst, Attributes? attributes, out string why);
}
