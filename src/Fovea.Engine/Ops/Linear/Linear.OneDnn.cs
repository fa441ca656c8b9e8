using Fovea.Engine.Backends;
using Fovea.Engine.Planning;
using Fovea.Kernels;
using Fovea.OneDnn;
using Buffer = Fovea.Engine.Planning.Buffer;

namespace Fovea.Engine.Ops;

public sealed partial class Linear
{
    /// <inheritdoc/>
    public override string? LowerOneDnn(Lowering lowering, OneDnnBackend oneDnn)
    {
        (int batch, TensorShape srcShape, IOneDnn api) = (lowering.Batch, lowering.InputShape(0), oneDnn.Api);
        PlainLayout srcLayout = PlainLayout.Nchw(batch, srcShape), dstLayout = PlainLayout.Nchw(batch, lowering.OutputShape);
        Parameter weight = lowering.Parameter("weight")!;
        Parameter? bias = lowering.Parameter("bias");
        bool relu = lowering.TryFuse(op => op is ReLU);
        PrimitiveDesc? desc = api.InnerProductForward(
            lowering.Training, oneDnn.Desc(srcLayout), WeightsDesc(api, srcShape, any: true), BiasDesc(api), oneDnn.Desc(dstLayout),
            relu ? Attributes.Default.AppendEltwiseRelu() : null, out string why);
        if (desc is null)
            return why;
        Layout master = new OneDnnLayout(WeightsDesc(api, srcShape, any: false));
        MemoryDesc weightsDesc = desc.Query(Arg.Weights)!;
        Buffer src = lowering.Input(0, srcLayout), copy = lowering.KernelCopy(weight, master, new OneDnnLayout(weightsDesc));
        Buffer dst = lowering.Allocate("dst", dstLayout.Bytes, BufferKind.Activation);
        OneDnnArgument[] arguments = [new(Arg.Src, oneDnn.Desc(srcLayout), src), new(Arg.Weights, weightsDesc, copy), new(Arg.Dst, oneDnn.Desc(dstLayout), dst)];
        if (bias is not null)
            arguments = [.. arguments, new(Arg.Bias, BiasDesc(api)!, bias.Master)];
        oneDnn.Emit(lowering, relu ? "forward + ReLU" : "forward", desc, arguments);
        lowering.Output(dst, dstLayout);
        lowering.OnBackward(backward => BackwardOneDnn(backward, oneDnn, master, srcLayout, dstLayout));
        return null;
    }

    private void BackwardOneDnn(BackwardLowering backward, OneDnnBackend oneDnn, Layout master, PlainLayout srcLayout, PlainLayout dstLayout)
    {
        (IOneDnn api, TensorShape srcShape) = (oneDnn.Api, backward.InputShape(0));
        (MemoryDesc srcDesc, MemoryDesc dstDesc) = (oneDnn.Desc(srcLayout), oneDnn.Desc(dstLayout));
        Parameter weight = backward.Parameter("weight")!;
        Buffer diffDst = backward.DiffDstIn(dstLayout);
        if (backward.WantsInputGradient(0))
        {
            PrimitiveDesc desc = api.InnerProductBackwardData(srcDesc, WeightsDesc(api, srcShape, any: true), dstDesc, null, null, out string why) ?? throw Missing("gradient", why);
            MemoryDesc weightsDesc = desc.Query(Arg.Weights)!;
            Buffer copy = backward.KernelCopy(weight, master, new OneDnnLayout(weightsDesc));
            Buffer diffSrc = backward.Allocate("d src", srcLayout.Bytes, BufferKind.ActivationGradient);
            oneDnn.Emit(backward, "backward data", desc, [new(Arg.DiffDst, dstDesc, diffDst), new(Arg.Weights, weightsDesc, copy), new(Arg.DiffSrc, srcDesc, diffSrc)]);
            backward.DiffSrc(0, diffSrc, srcLayout);
        }
        if (weight.Trainable)
            BackwardWeightsOneDnn(backward, oneDnn, master, srcLayout, dstLayout, diffDst);
    }

    private void BackwardWeightsOneDnn(BackwardLowering backward, OneDnnBackend oneDnn, Layout master, PlainLayout srcLayout, PlainLayout dstLayout, Buffer diffDst)
    {
        (IOneDnn api, MemoryDesc srcDesc, MemoryDesc dstDesc) = (oneDnn.Api, oneDnn.Desc(srcLayout), oneDnn.Desc(dstLayout));
        PrimitiveDesc desc = api.InnerProductBackwardWeights(srcDesc, WeightsDesc(api, backward.InputShape(0), any: true), BiasDesc(api), dstDesc, null, null, out string why)
            ?? throw Missing("weight gradient", why);
        Layout kernel = new OneDnnLayout(desc.Query(Arg.DiffWeights)!);
        Buffer gradient = backward.Gradient(backward.Parameter("weight")!);
        Buffer diffWeights = kernel.Equals(master) ? gradient : backward.Allocate($"d weight {kernel.Tag}", kernel.Bytes, BufferKind.ParameterGradient);
        OneDnnArgument[] arguments =
            [new(Arg.Src, srcDesc, backward.Input(0, srcLayout)), new(Arg.DiffDst, dstDesc, diffDst), new(Arg.DiffWeights, oneDnn.Desc(kernel), diffWeights)];
        if (backward.Parameter("bias") is { } bias)
            arguments = [.. arguments, new(Arg.DiffBias, BiasDesc(api)!, backward.Gradient(bias))];
        oneDnn.Emit(backward, "backward weights", desc, arguments);
        if (diffWeights != gradient)
            backward.Emit(oneDnn.Reorder(backward, "d weight", new Value(diffWeights, kernel), new Value(gradient, master))!);
    }

    private static FoveaException Missing(string what, string why) => new($"oneDNN runs a linear layer forward but has no {what} for it: {why}. Use --backend managed.");

    private MemoryDesc WeightsDesc(IOneDnn api, TensorShape src, bool any) =>
        any ? api.Any([OutFeatures, src.Features], DataType.F32) : api.Plain([OutFeatures, src.Features], DataType.F32, FormatTag.Oi);

    private MemoryDesc? BiasDesc(IOneDnn api) => HasBias ? api.Plain([OutFeatures], DataType.F32, FormatTag.X) : null;
}
