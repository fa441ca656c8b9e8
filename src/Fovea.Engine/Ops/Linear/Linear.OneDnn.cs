using Fovea.Engine.Backends;
using Fovea.Engine.Planning;
using Fovea.Kernels;
using Fovea.OneDnn;
using Buffer = Fovea.Engine.Planning.Buffer;

namespace Fovea.Engine.Ops;

/// <remarks>
/// Every pass reads the master or writes the gradient as they lie: what oneDNN's own weight layout gains in float32, its reorders lose (AlexNet's first linear layer:
/// 150 MB there and back three times a step). Forward is a matmul on the transposed master, because inner_product has no fast forward kernel for it.
/// </remarks>
public sealed partial class Linear
{
    /// <summary>Below this many rows oneDNN's inner product reads the weights faster than its matmul (7 against 15 ms for one row of AlexNet's first linear layer).</summary>
    private const int FewRows = 4;

    /// <inheritdoc/>
    public override string? LowerOneDnn(Lowering lowering, OneDnnBackend oneDnn)
    {
        if (lowering.Precision == Precision.BFloat16)
            return LowerBFloat16(lowering, oneDnn);
        PlainLayout srcLayout = PlainLayout.Nchw(lowering.Batch, lowering.InputShape(0)), dstLayout = PlainLayout.Nchw(lowering.Batch, lowering.OutputShape);
        (MemoryDesc srcDesc, MemoryDesc dstDesc) = (oneDnn.Desc(srcLayout), oneDnn.Desc(dstLayout));
        int features = lowering.InputShape(0).Features;
        bool fewRows = lowering.Batch < FewRows;
        bool relu = lowering.TryFuse(op => op is ReLU);
        Attributes? attributes = relu ? Attributes.Default.AppendEltwiseRelu() : null;
        MemoryDesc weights = fewRows ? WeightsDesc(oneDnn.Api, features) : oneDnn.Api.Plain([features, OutFeatures], DataType.F32, FormatTag.Cn);
        MemoryDesc? biasDesc = !HasBias ? null : fewRows ? BiasDesc(oneDnn.Api) : oneDnn.Api.Plain([1, OutFeatures], DataType.F32, FormatTag.Nc);
        PrimitiveDesc? desc = fewRows
            ? oneDnn.Api.InnerProductForward(lowering.Training, srcDesc, weights, biasDesc, dstDesc, attributes, out string why)
            : oneDnn.Api.Matmul(srcDesc, weights, biasDesc, dstDesc, attributes, out why);
        if (desc is null)
            return why;
        Buffer dst = lowering.Allocate("dst", dstLayout.Bytes, BufferKind.Activation);
        OneDnnArgument[] arguments =
            [new(Arg.Src, srcDesc, lowering.Input(0, srcLayout)), new(Arg.Weights, weights, lowering.Parameter("weight")!.Master), new(Arg.Dst, dstDesc, dst)];
        if (biasDesc is not null)
            arguments = [.. arguments, new(Arg.Bias, biasDesc, lowering.Parameter("bias")!.Master)];
        oneDnn.Emit(lowering, relu ? "forward + ReLU" : "forward", desc, arguments);
        lowering.Output(dst, dstLayout);
        lowering.OnBackward(backward => BackwardOneDnn(backward, oneDnn, srcLayout, dstLayout));
        return null;
    }

    private void BackwardOneDnn(BackwardLowering backward, OneDnnBackend oneDnn, PlainLayout srcLayout, PlainLayout dstLayout)
    {
        (IOneDnn api, MemoryDesc srcDesc, MemoryDesc dstDesc) = (oneDnn.Api, oneDnn.Desc(srcLayout), oneDnn.Desc(dstLayout));
        MemoryDesc weights = WeightsDesc(api, backward.InputShape(0).Features);
        Parameter weight = backward.Parameter("weight")!;
        Buffer diffDst = backward.DiffDstIn(dstLayout);
        if (backward.WantsInputGradient(0))
        {
            PrimitiveDesc data = api.InnerProductBackwardData(srcDesc, weights, dstDesc, null, null, out string why) ?? throw Missing("gradient", why);
            Buffer diffSrc = backward.Allocate("d src", srcLayout.Bytes, BufferKind.ActivationGradient);
            oneDnn.Emit(backward, "backward data", data, [new(Arg.DiffDst, dstDesc, diffDst), new(Arg.Weights, weights, weight.Master), new(Arg.DiffSrc, srcDesc, diffSrc)]);
            backward.DiffSrc(0, diffSrc, srcLayout);
        }
        if (weight.Trainable)
            BackwardWeights(backward, oneDnn, srcLayout, dstLayout, diffDst);
    }

    /// <summary>The gradients of weights and bias in float32, from activations and their gradients of either type.</summary>
    private void BackwardWeights(BackwardLowering backward, OneDnnBackend oneDnn, PlainLayout srcLayout, PlainLayout dstLayout, Buffer diffDst)
    {
        if (TryBackwardWeightsInPieces(backward, oneDnn, srcLayout, dstLayout, diffDst))
            return;
        (IOneDnn api, MemoryDesc srcDesc, MemoryDesc dstDesc) = (oneDnn.Api, oneDnn.Desc(srcLayout), oneDnn.Desc(dstLayout));
        MemoryDesc weights = WeightsDesc(api, backward.InputShape(0).Features);
        PrimitiveDesc desc = api.InnerProductBackwardWeights(srcDesc, weights, BiasDesc(api), dstDesc, null, null, out string reason) ?? throw Missing("weight gradient", reason);
        OneDnnArgument[] arguments =
            [new(Arg.Src, srcDesc, backward.Input(0, srcLayout)), new(Arg.DiffDst, dstDesc, diffDst), new(Arg.DiffWeights, weights, backward.Gradient(backward.Parameter("weight")!))];
        if (backward.Parameter("bias") is { } bias)
            arguments = [.. arguments, new(Arg.DiffBias, BiasDesc(api)!, backward.Gradient(bias))];
        oneDnn.Emit(backward, "backward weights", desc, arguments);
    }

    private static FoveaException Missing(string what, string why) => new($"oneDNN runs a linear layer forward but has no {what} for it: {why}. Use --backend managed.");

    private MemoryDesc WeightsDesc(IOneDnn api, int features) => api.Plain([OutFeatures, features], DataType.F32, FormatTag.Oi);

    private MemoryDesc? BiasDesc(IOneDnn api) => HasBias ? api.Plain([OutFeatures], DataType.F32, FormatTag.X) : null;
}
