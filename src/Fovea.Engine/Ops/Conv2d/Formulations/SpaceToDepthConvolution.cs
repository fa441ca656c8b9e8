using Fovea.Engine.Backends;
using Fovea.Engine.Planning;
using Fovea.Kernels;
using Fovea.OneDnn;
using Buffer = Fovea.Engine.Planning.Buffer;

namespace Fovea.Engine.Ops;

/// <summary>
/// A strided convolution of a picture of few channels as one without stride over squares of pixels: 11x11/4 over 3 channels is 3x3 over 48. There are more products,
/// since the window is filled up with zeros to whole squares, but vectors of channels are full, and 3x3 without stride is what Winograd's kernels take.
/// </summary>
internal sealed class SpaceToDepthConvolution() : OneDnnConvolution("space-to-depth", ConvAlgorithm.Auto, new ConvTags(FormatTag.NChw16c, FormatTag.NChw16c))
{
    private const int MostChannels = 4, WinogradWindow = 3;

    public override bool Applies(ConvCase layer, ConvPass pass) => Fits(layer, pass) && Exists(layer, pass);

    /// <summary>True where Winograd makes it faster: 7.8 to 4.1 ms and 9 to 5.4 for AlexNet's first layer at batch 16.</summary>
    public bool IsFast(ConvCase layer, ConvPass pass) =>
        Fits(layer, pass) && SizeOf(layer) is { WindowH: WinogradWindow, WindowW: WinogradWindow } && Describe(layer, pass) is { } desc && IsWinograd(desc);

    protected override ConvGeometry GeometryOf(ConvCase layer)
    {
        SpaceToDepth size = SizeOf(layer);
        return new ConvGeometry(
            layer.Batch, new TensorShape(size.Channels, size.Rows, size.Columns), layer.Dst, [layer.Dst.C, size.Channels, size.WindowH, size.WindowW], [1, 1], [0, 0], [0, 0],
            layer.Op.HasBias);
    }

    protected override Buffer Source(ConvCase layer, LoweringContext context, MemoryDesc desc) =>
        context.Input(0, new BlockImageLayout(layer.Batch, layer.Src, SizeOf(layer), layer.Precision));

    protected override Buffer Weights(ConvCase layer, Lowering lowering, FoldedNorm? folded, Buffer plain, Layout wanted)
    {
        SpaceToDepth size = SizeOf(layer);
        Parameter weight = lowering.Parameter("weight")!;
        Layout squares = new OneDnnLayout(GeometryOf(layer).Master(layer.OneDnn.Api));
        Value own = new(lowering.Allocate("weight squares", squares.Bytes, BufferKind.KernelCopy), squares);
        ManagedStep step = new(lowering.Layer.Node.Name, "reorder weight abcd -> squares", "managed", [plain], [own.Buffer], () => size.Windows(plain.Floats, own.Buffer.Floats));
        if (!lowering.Training)
        {
            IReadOnlyList<Parameter> parameters = folded?.Parameters ?? [weight];
            lowering.KeepRefreshed(parameters, step);
            return lowering.RefreshedCopy(parameters, own, wanted);
        }
        lowering.Emit(step);
        return lowering.InLayout(own, wanted, BufferKind.KernelCopy);
    }

    protected override Buffer PlainGradient(ConvCase layer, BackwardLowering backward, Layout plain) =>
        backward.Allocate("d weight squares", plain.Bytes, BufferKind.ParameterGradient);

    protected override void GradientDone(ConvCase layer, BackwardLowering backward, Buffer gradient)
    {
        SpaceToDepth size = SizeOf(layer);
        Buffer own = Conv2d.GradientOf(backward, backward.Parameter("weight")!);
        backward.EmitManaged("reorder d weight squares -> abcd", [gradient], [own], () => size.WindowGradients(gradient.Floats, own.Floats));
    }

    // A first layer has no gradient of its source, and would have to give it back square by square.
    private static bool Fits(ConvCase layer, ConvPass pass) => pass != ConvPass.BackwardData && layer.Op.Groups == 1 && layer.Src.C <= MostChannels
        && layer.Op.Stride == (SpaceToDepth.Side, SpaceToDepth.Side) && layer.Op.Kernel.H > SpaceToDepth.Side && layer.Op.Kernel.W > SpaceToDepth.Side;

    private static SpaceToDepth SizeOf(ConvCase layer) => new(layer.Shape);

    private static bool IsWinograd(PrimitiveDesc desc)
    {
        using (desc)
            return desc.Implementation.Contains("wino", StringComparison.Ordinal);
    }
}
