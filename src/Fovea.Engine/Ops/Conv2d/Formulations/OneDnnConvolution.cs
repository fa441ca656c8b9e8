using Fovea.Engine.Backends;
using Fovea.Engine.Planning;
using Fovea.Kernels;
using Fovea.OneDnn;
using Buffer = Fovea.Engine.Planning.Buffer;

namespace Fovea.Engine.Ops;

/// <summary>oneDNN's convolution by one algorithm, over tensors in one layout.</summary>
/// <param name="name">See <see cref="ConvFormulation.Name"/>.</param>
/// <param name="algorithm">How it is computed.</param>
/// <param name="tags">The layouts of source and result.</param>
/// <param name="own">The precision to compute in; null takes the plan's. Results are converted back, so that neighbours do not notice.</param>
internal class OneDnnConvolution(string name, ConvAlgorithm algorithm, ConvTags tags = default, Precision? own = null) : ConvFormulation
{
    public override string Name => name;

    /// <summary>Only what differs from oneDNN's own choice is a way of its own.</summary>
    public override bool Applies(ConvCase layer, ConvPass pass)
    {
        if (own == layer.Precision || (algorithm == ConvAlgorithm.Winograd && layer.Precision != Precision.Float32))
            return false;
        using PrimitiveDesc? desc = Describe(layer, pass, algorithm, tags, PrecisionOf(layer));
        if (IsUsual)
            return desc is { IsReference: false };
        using PrimitiveDesc? usual = Describe(layer, pass, ConvAlgorithm.Auto, default, layer.Precision);
        return desc is { IsReference: false } && (own is not null || usual is null || !Same(desc, usual));
    }

    /// <summary>True where oneDNN has a fast kernel for it.</summary>
    public bool Exists(ConvCase layer, ConvPass pass)
    {
        using PrimitiveDesc? desc = Describe(layer, pass);
        return desc is { IsReference: false };
    }

    public override string? Forward(ConvCase layer, Lowering lowering) => Forward(layer, lowering, mayAdd: true);

    public override void BackwardData(ConvCase layer, BackwardLowering backward)
    {
        (ConvGeometry geometry, OneDnnBackend oneDnn, Precision precision) = (GeometryOf(layer), layer.OneDnn, PrecisionOf(layer));
        PrimitiveDesc desc = geometry.BackwardData(oneDnn.Api, algorithm, tags, precision, out string why) ?? throw Missing("gradient", why);
        MemoryDesc diffSrcDesc = desc.Query(Arg.DiffSrc)!, diffDstDesc = desc.Query(Arg.DiffDst)!, weightsDesc = desc.Query(Arg.Weights)!;
        Buffer diffDst = backward.DiffDstIn(oneDnn.LayoutOf(diffDstDesc, layer.Batch, layer.Dst));
        Buffer copy = backward.KernelCopy(backward.Parameter("weight")!, new OneDnnLayout(geometry.Master(oneDnn.Api)), new OneDnnLayout(weightsDesc));
        Value diffSrc = new(backward.Allocate("d src", diffSrcDesc.ByteSize, BufferKind.ActivationGradient), oneDnn.LayoutOf(diffSrcDesc, layer.Batch, layer.Src));
        oneDnn.Emit(backward, "backward data", desc, [new(Arg.DiffDst, diffDstDesc, diffDst), new(Arg.Weights, weightsDesc, copy), new(Arg.DiffSrc, diffSrcDesc, diffSrc.Buffer)]);
        diffSrc = InPrecision(layer, backward, diffSrc, layer.Src, BufferKind.ActivationGradient);
        backward.DiffSrc(0, diffSrc.Buffer, diffSrc.Layout);
    }

    public override void BackwardWeights(ConvCase layer, BackwardLowering backward)
    {
        (ConvGeometry geometry, OneDnnBackend oneDnn) = (GeometryOf(layer), layer.OneDnn);
        PrimitiveDesc desc = geometry.BackwardWeights(oneDnn.Api, algorithm, tags, PrecisionOf(layer), out string why) ?? throw Missing("weight gradient", why);
        MemoryDesc srcDesc = desc.Query(Arg.Src)!, diffDstDesc = desc.Query(Arg.DiffDst)!, weightsDesc = desc.Query(Arg.DiffWeights)!;
        Buffer src = Source(layer, backward, srcDesc), diffDst = backward.DiffDstIn(oneDnn.LayoutOf(diffDstDesc, layer.Batch, layer.Dst));
        Layout kernel = new OneDnnLayout(weightsDesc), plain = new OneDnnLayout(geometry.Master(oneDnn.Api));
        Buffer gradient = PlainGradient(layer, backward, plain);
        Buffer diffWeights = kernel.Equals(plain) ? gradient : backward.Allocate($"d weight {kernel.Tag}", kernel.Bytes, BufferKind.ParameterGradient);
        OneDnnArgument[] arguments = [new(Arg.Src, srcDesc, src), new(Arg.DiffDst, diffDstDesc, diffDst), new(Arg.DiffWeights, weightsDesc, diffWeights)];
        if (backward.Parameter("bias") is { } bias)
            arguments = [.. arguments, new(Arg.DiffBias, geometry.Bias(oneDnn.Api)!, Conv2d.GradientOf(backward, bias))];
        oneDnn.Emit(backward, "backward weights", desc, arguments);
        if (diffWeights != gradient)
            backward.Emit(oneDnn.Reorder(backward, "d weight", new Value(diffWeights, kernel), new Value(gradient, plain))!);
        GradientDone(layer, backward, gradient);
    }

    /// <summary>The convolution that oneDNN is asked for.</summary>
    protected virtual ConvGeometry GeometryOf(ConvCase layer) => ConvGeometry.Of(layer.Op, layer.Batch, layer.Src, layer.Dst);

    /// <summary>The source as that convolution takes it.</summary>
    protected virtual Buffer Source(ConvCase layer, LoweringContext context, MemoryDesc desc) => context.Input(0, layer.OneDnn.LayoutOf(desc, layer.Batch, layer.Src));

    /// <summary>The weights in the kernel's layout, folded or not.</summary>
    protected virtual Buffer Weights(ConvCase layer, Lowering lowering, FoldedNorm? folded, Buffer plain, Layout wanted)
    {
        Layout master = new OneDnnLayout(GeometryOf(layer).Master(layer.OneDnn.Api));
        return folded is null ? lowering.KernelCopy(lowering.Parameter("weight")!, master, wanted) : lowering.RefreshedCopy(folded.Parameters, new Value(plain, master), wanted);
    }

    /// <summary>Where the gradient of that convolution's weights goes, in the order of masters.</summary>
    protected virtual Buffer PlainGradient(ConvCase layer, BackwardLowering backward, Layout plain) => Conv2d.GradientOf(backward, backward.Parameter("weight")!);

    /// <summary>Makes the parameter's gradient of it, where it is not that already.</summary>
    protected virtual void GradientDone(ConvCase layer, BackwardLowering backward, Buffer gradient)
    {
    }

    /// <summary>oneDNN's kernel for a pass, to look at.</summary>
    protected PrimitiveDesc? Describe(ConvCase layer, ConvPass pass) => Describe(layer, pass, algorithm, tags, PrecisionOf(layer));

    private string? Forward(ConvCase layer, Lowering lowering, bool mayAdd)
    {
        (IOneDnn api, OneDnnBackend oneDnn, Precision precision) = (layer.OneDnn.Api, layer.OneDnn, PrecisionOf(layer));
        FoldedNorm? folded = FoldedNorm.TryFuse(lowering);
        Value? sum = mayAdd && precision == layer.Precision ? lowering.TryFuseSum(op => op is Add) : null;
        bool relu = lowering.TryFuse(op => op is ReLU);
        Attributes attributes = sum is null ? Attributes.Default : Attributes.Default.AppendSum();
        ConvGeometry geometry = GeometryOf(layer) with { HasBias = layer.Op.HasBias || folded is not null };
        PrimitiveDesc? desc = geometry.Forward(api, lowering.Training, algorithm, tags, precision, relu ? attributes.AppendEltwiseRelu() : attributes, out string why);
        if (desc is null or { IsReference: true } && sum is not null)
        {
            desc?.Dispose();
            lowering.Unfuse();
            return Forward(layer, lowering, mayAdd: false);
        }
        if (desc is null)
            return why;
        if (desc.IsReference)
        {
            desc.Dispose();
            return "only the reference kernel would take it";
        }
        MemoryDesc srcDesc = desc.Query(Arg.Src)!, dstDesc = desc.Query(Arg.Dst)!, weightsDesc = desc.Query(Arg.Weights)!;
        Buffer src = Source(layer, lowering, srcDesc);
        (Buffer plain, Buffer? biases) = folded?.Emit(lowering) ?? (lowering.Parameter("weight")!.Master, lowering.Parameter("bias")?.Master);
        Buffer copy = Weights(layer, lowering, folded, plain, new OneDnnLayout(weightsDesc));
        Layout dstLayout = oneDnn.LayoutOf(dstDesc, layer.Batch, layer.Dst);
        Value dst = new(Conv2d.Destination(lowering, sum, dstLayout), dstLayout);
        OneDnnArgument[] arguments = [new(Arg.Src, srcDesc, src), new(Arg.Weights, weightsDesc, copy), new(Arg.Dst, dstDesc, dst.Buffer)];
        if (biases is not null)
            arguments = [.. arguments, new(Arg.Bias, geometry.Bias(api)!, biases)];
        oneDnn.Emit(lowering, Conv2d.Work(folded, sum is not null, relu), desc, arguments);
        dst = InPrecision(layer, lowering, dst, layer.Dst, BufferKind.Activation);
        lowering.Output(dst.Buffer, dst.Layout);
        return null;
    }

    private bool IsUsual => algorithm == ConvAlgorithm.Auto && tags == default && own is null;

    private Precision PrecisionOf(ConvCase layer) => own ?? layer.Precision;

    /// <summary>A result in the plan's precision, in the layout that oneDNN's own choice for the layer would have given it.</summary>
    private Value InPrecision(ConvCase layer, LoweringContext context, Value value, TensorShape shape, BufferKind kind)
    {
        if (value.Layout.Precision == layer.Precision)
            return value;
        (ConvPass pass, Arg arg) = context is Lowering ? (ConvPass.Forward, Arg.Dst) : (ConvPass.BackwardData, Arg.DiffSrc);
        using PrimitiveDesc? usual = Describe(layer, pass, ConvAlgorithm.Auto, default, layer.Precision);
        Layout layout = usual?.Query(arg) is { } desc ? layer.OneDnn.LayoutOf(desc, layer.Batch, shape) : PlainLayout.Nhwc(layer.Batch, shape, layer.Precision);
        return new Value(context.InLayout(value, layout, kind), layout);
    }

    private PrimitiveDesc? Describe(ConvCase layer, ConvPass pass, ConvAlgorithm by, ConvTags layout, Precision precision)
    {
        (ConvGeometry geometry, IOneDnn api) = (GeometryOf(layer), layer.OneDnn.Api);
        return pass switch
        {
            ConvPass.Forward => geometry.Forward(api, layer.Training, by, layout, precision, null, out _),
            ConvPass.BackwardData => geometry.BackwardData(api, by, layout, precision, out _),
            _ => geometry.BackwardWeights(api, by, layout, precision, out _),
        };
    }

    private static bool Same(PrimitiveDesc a, PrimitiveDesc b) => a.Implementation == b.Implementation
        && new[] { Arg.Src, Arg.Dst, Arg.DiffSrc, Arg.DiffDst }.All(arg => Equals(a.Query(arg), b.Query(arg)));

    private static FoveaException Missing(string what, string why) => new($"oneDNN runs a convolution forward but has no {what} for it: {why}. Use --backend managed.");
}
