using Fovea.Engine.Backends;
using Fovea.Engine.Planning;
using Fovea.Kernels;
using Fovea.OneDnn;
using Buffer = Fovea.Engine.Planning.Buffer;

namespace Fovea.Engine.Ops;

/// <summary>The gradient of the weights in a bf16 plan as products of matrices by oneDNN (docs/decisions/0014): a way of that pass alone.</summary>
internal sealed class ProductConvolution() : ConvFormulation
{
    // oneDNN's own kernels fill their vectors badly below this width of the result. Above it and without stride, packing of few channels takes longer than the products save.
    private const int NarrowResult = 14, ManyChannels = 64, ManyColumns = 192;

    public override string Name => "product";

    public override bool Applies(ConvCase layer, ConvPass pass)
    {
        if (!Fits(layer, pass))
            return false;
        using PrimitiveDesc? desc = Describe(layer, GradientCut.Of(layer.Shape, layer.OneDnn.Api.Threads));
        return desc is { IsReference: false };
    }

    /// <summary>True where the rule takes it, instead of oneDNN's own kernel.</summary>
    public bool IsFast(ConvCase layer, ConvPass pass)
    {
        Conv2dShape shape = layer.Shape;
        bool strided = shape.StrideH > 1 || shape.StrideW > 1, many = Math.Min(shape.IC, shape.OC) >= ManyChannels && shape.KH * shape.KW * shape.IC >= ManyColumns;
        return (strided || many || shape.OW <= NarrowResult) && Applies(layer, pass);
    }

    public override string? Forward(ConvCase layer, Lowering lowering) => "products compute the gradient of the weights only";

    public override void BackwardData(ConvCase layer, BackwardLowering backward) => throw new InvalidOperationException("Products compute the gradient of the weights only.");

    public override void BackwardWeights(ConvCase layer, BackwardLowering backward)
    {
        (Conv2dShape shape, int threads) = (layer.Shape, backward.Team.Threads);
        GradientCut cut = GradientCut.Of(shape, threads);
        PrimitiveDesc desc = Describe(layer, cut)!;
        Buffer src = backward.Input(0, Blocked(layer, layer.Src)), diffDst = backward.DiffDstIn(Blocked(layer, layer.Dst));
        Buffer diffWeights = Conv2d.GradientOf(backward, backward.Parameter("weight")!);
        Buffer? diffBias = backward.Parameter("bias") is { } bias ? Conv2d.GradientOf(backward, bias) : null;
        long scratchpad = desc.Query(Arg.Scratchpad)?.ByteSize ?? 0;
        backward.Emit(new GradientProductStep(
            layer.OneDnn.Api, backward.Team, backward.Layer.Node.Name, shape, cut, desc,
            new GradientBuffers(
                src, diffDst, diffWeights, diffBias,
                backward.Scratch((long)threads * cut.LeftLength(shape) * sizeof(ushort)), backward.Scratch((long)threads * cut.RightLength * sizeof(ushort)),
                backward.Scratch((long)threads * cut.PlacesLength * sizeof(int)), backward.Scratch(threads * scratchpad),
                backward.Scratch(cut.SumsLength(shape) * sizeof(float)), backward.Scratch(diffBias is null ? 0 : (long)cut.Splits * shape.OC * sizeof(float)))));
    }

    private static bool Fits(ConvCase layer, ConvPass pass) =>
        pass == ConvPass.BackwardWeights && layer.Precision == Precision.BFloat16 && GradientCut.Computes(layer.Shape);

    /// <summary>The product of a chunk and a part, by one thread of our own.</summary>
    private static PrimitiveDesc? Describe(ConvCase layer, GradientCut cut)
    {
        (IOneDnn api, int channels) = (layer.OneDnn.Api, layer.Op.OutChannels);
        return api.WithThreads(1, () => api.Matmul(
            api.Plain([channels, cut.ChunkRows], DataType.Bf16, FormatTag.Nc), api.Plain([cut.ChunkRows, cut.PartColumns], DataType.Bf16, FormatTag.PairedRows), null,
            api.Plain([channels, cut.PartColumns], DataType.F32, FormatTag.Nc), cut.Accumulates ? Attributes.Default.AppendSum() : null, out _));
    }

    private static Layout Blocked(ConvCase layer, TensorShape shape) => layer.OneDnn.LayoutOf(
        layer.OneDnn.Api.Plain(OneDnnBackend.Dims(layer.Batch, shape), DataType.Bf16, FormatTag.NChw16c), layer.Batch, shape);
}
