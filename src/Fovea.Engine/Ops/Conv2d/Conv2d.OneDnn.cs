using Fovea.Engine.Backends;
using Fovea.Engine.Planning;
using Fovea.Kernels;
using Fovea.OneDnn;
using Buffer = Fovea.Engine.Planning.Buffer;

namespace Fovea.Engine.Ops;

public sealed partial class Conv2d
{
    private static readonly long[] NoDilation = [0, 0];

    /// <inheritdoc/>
    public override string? LowerOneDnn(Lowering lowering, OneDnnBackend oneDnn) =>
        lowering.Precision == Precision.Float32 && TryLowerWinograd(lowering, oneDnn) ? null : LowerOneDnn(lowering, oneDnn, mayAdd: true);

    private string? LowerOneDnn(Lowering lowering, OneDnnBackend oneDnn, bool mayAdd)
    {
        (int batch, TensorShape srcShape, TensorShape dstShape) = (lowering.Batch, lowering.InputShape(0), lowering.OutputShape);
        Parameter weight = lowering.Parameter("weight")!;
        Parameter? bias = lowering.Parameter("bias");
        IOneDnn api = oneDnn.Api;
        FoldedNorm? folded = FoldedNorm.TryFuse(lowering);
        Value? sum = mayAdd ? lowering.TryFuseSum(op => op is Add) : null;
        bool relu = lowering.TryFuse(op => op is ReLU);
        Attributes attributes = sum is null ? Attributes.Default : Attributes.Default.AppendSum();
        MemoryDesc? biasDesc = BiasDesc(api, HasBias || folded is not null);
        MemoryDesc weights = AnyWeights(api, srcShape, lowering.Precision);
        PrimitiveDesc? desc = api.ConvolutionForward(
            lowering.Training, ConvAlgorithm.Auto, oneDnn.Any(batch, srcShape, lowering.Precision), weights, biasDesc, oneDnn.Any(batch, dstShape, lowering.Precision),
            [Stride.H, Stride.W], NoDilation, [Padding.Top, Padding.Left], [Padding.Bottom, Padding.Right],
            relu ? attributes.AppendEltwiseRelu() : attributes, out string why);
        if (desc is null or { IsReference: true } && sum is not null)
        {
            desc?.Dispose();
            lowering.Unfuse();
            return LowerOneDnn(lowering, oneDnn, mayAdd: false);
        }
        if (desc is null)
            return why;
        if (desc.IsReference)
        {
            desc.Dispose();
            return "only the reference kernel would take it";
        }
        Layout master = new OneDnnLayout(MasterDesc(api, srcShape));
        MemoryDesc srcDesc = desc.Query(Arg.Src)!, dstDesc = desc.Query(Arg.Dst)!, weightsDesc = desc.Query(Arg.Weights)!;
        Buffer src = lowering.Input(0, oneDnn.LayoutOf(srcDesc, batch, srcShape));
        Layout wanted = new OneDnnLayout(weightsDesc);
        (Buffer plain, Buffer? biases) = folded?.Emit(lowering) ?? (weight.Master, bias?.Master);
        Buffer copy = folded is null ? lowering.KernelCopy(weight, master, wanted) : lowering.RefreshedCopy(folded.Parameters, new Value(plain, master), wanted);
        Layout dstLayout = oneDnn.LayoutOf(dstDesc, batch, dstShape);
        Buffer dst = Destination(lowering, sum, dstLayout);
        OneDnnArgument[] arguments = [new(Arg.Src, srcDesc, src), new(Arg.Weights, weightsDesc, copy), new(Arg.Dst, dstDesc, dst)];
        if (biases is not null)
            arguments = [.. arguments, new(Arg.Bias, biasDesc!, biases)];
        oneDnn.Emit(lowering, Work(folded, sum is not null, relu), desc, arguments);
        lowering.Output(dst, dstLayout);
        lowering.OnBackward(backward => BackwardOneDnn(backward, oneDnn, master));
        return null;
    }

    private void BackwardOneDnn(BackwardLowering backward, OneDnnBackend oneDnn, Layout master)
    {
        if (backward.WantsInputGradient(0))
            BackwardDataOneDnn(backward, oneDnn, master);
        if (Learns(backward))
            BackwardWeightsOneDnn(backward, oneDnn, master);
    }

    private void BackwardDataOneDnn(BackwardLowering backward, OneDnnBackend oneDnn, Layout master)
    {
        (int batch, TensorShape srcShape, TensorShape dstShape) = (backward.Batch, backward.InputShape(0), backward.OutputShape);
        PrimitiveDesc desc = oneDnn.Api.ConvolutionBackwardData(
            ConvAlgorithm.Auto, oneDnn.Any(batch, srcShape, backward.Precision), AnyWeights(oneDnn.Api, srcShape, backward.Precision), oneDnn.Any(batch, dstShape, backward.Precision),
            [Stride.H, Stride.W], NoDilation, [Padding.Top, Padding.Left], [Padding.Bottom, Padding.Right], null, null, out string why)
            ?? throw Missing("gradient", why);
        MemoryDesc diffSrcDesc = desc.Query(Arg.DiffSrc)!, diffDstDesc = desc.Query(Arg.DiffDst)!, weightsDesc = desc.Query(Arg.Weights)!;
        Buffer diffDst = backward.DiffDstIn(oneDnn.LayoutOf(diffDstDesc, batch, dstShape));
        Buffer copy = backward.KernelCopy(backward.Parameter("weight")!, master, new OneDnnLayout(weightsDesc));
        Buffer diffSrc = backward.Allocate("d src", diffSrcDesc.ByteSize, BufferKind.ActivationGradient);
        oneDnn.Emit(backward, "backward data", desc, [new(Arg.DiffDst, diffDstDesc, diffDst), new(Arg.Weights, weightsDesc, copy), new(Arg.DiffSrc, diffSrcDesc, diffSrc)]);
        backward.DiffSrc(0, diffSrc, oneDnn.LayoutOf(diffSrcDesc, batch, srcShape));
    }

    private void BackwardWeightsOneDnn(BackwardLowering backward, OneDnnBackend oneDnn, Layout master)
    {
        (int batch, TensorShape srcShape, TensorShape dstShape) = (backward.Batch, backward.InputShape(0), backward.OutputShape);
        PrimitiveDesc desc = oneDnn.Api.ConvolutionBackwardWeights(
            ConvAlgorithm.Auto, oneDnn.Any(batch, srcShape, backward.Precision), AnyWeights(oneDnn.Api, srcShape, Precision.Float32), BiasDesc(oneDnn.Api, HasBias), oneDnn.Any(batch, dstShape, backward.Precision),
            [Stride.H, Stride.W], NoDilation, [Padding.Top, Padding.Left], [Padding.Bottom, Padding.Right], null, null, out string why)
            ?? throw Missing("weight gradient", why);
        MemoryDesc srcDesc = desc.Query(Arg.Src)!, diffDstDesc = desc.Query(Arg.DiffDst)!, weightsDesc = desc.Query(Arg.DiffWeights)!;
        Buffer src = backward.Input(0, oneDnn.LayoutOf(srcDesc, batch, srcShape));
        Buffer diffDst = backward.DiffDstIn(oneDnn.LayoutOf(diffDstDesc, batch, dstShape));
        Parameter weight = backward.Parameter("weight")!;
        Layout kernel = new OneDnnLayout(weightsDesc);
        Buffer gradient = GradientOf(backward, weight);
        Buffer diffWeights = kernel.Equals(master) ? gradient : backward.Allocate($"d weight {kernel.Tag}", kernel.Bytes, BufferKind.ParameterGradient);
        OneDnnArgument[] arguments = [new(Arg.Src, srcDesc, src), new(Arg.DiffDst, diffDstDesc, diffDst), new(Arg.DiffWeights, weightsDesc, diffWeights)];
        if (backward.Parameter("bias") is { } bias)
            arguments = [.. arguments, new(Arg.DiffBias, BiasDesc(oneDnn.Api, HasBias)!, GradientOf(backward, bias))];
        oneDnn.Emit(backward, "backward weights", desc, arguments);
        if (diffWeights != gradient)
            backward.Emit(oneDnn.Reorder(backward, "d weight", new Value(diffWeights, kernel), new Value(gradient, master))!);
    }

    private static FoveaException Missing(string what, string why) => new($"oneDNN runs a convolution forward but has no {what} for it: {why}. Use --backend managed.");

    private MemoryDesc AnyWeights(IOneDnn api, TensorShape src, Precision precision) => api.Any(WeightsDims(src), OneDnnBackend.TypeOf(precision));

    private MemoryDesc MasterDesc(IOneDnn api, TensorShape src) =>
        api.Plain(WeightsDims(src), DataType.F32, Groups == 1 ? FormatTag.Oihw : FormatTag.Goihw);

    private long[] WeightsDims(TensorShape src) => Groups == 1
        ? [OutChannels, src.C, Kernel.H, Kernel.W]
        : [Groups, OutChannels / Groups, src.C / Groups, Kernel.H, Kernel.W];

    private MemoryDesc? BiasDesc(IOneDnn api, bool any) => any ? api.Plain([OutChannels], DataType.F32, FormatTag.X) : null;
}
