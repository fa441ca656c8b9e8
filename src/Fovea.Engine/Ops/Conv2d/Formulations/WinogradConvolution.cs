using System.Runtime.Intrinsics;
using Fovea.Engine.Backends;
using Fovea.Engine.Planning;
using Fovea.Kernels;
using Fovea.OneDnn;
using Buffer = Fovea.Engine.Planning.Buffer;

namespace Fovea.Engine.Ops;

/// <summary>Fovea's own Winograd kernels in one form (docs/decisions/0006), over blocks of 16 channels in the plan's precision; the weights are read as the masters lie.</summary>
/// <param name="form">How many results and taps a tile has.</param>
/// <param name="name">See <see cref="ConvFormulation.Name"/>.</param>
internal sealed class WinogradConvolution(WinogradForm form, string name) : ConvFormulation
{
    public override string Name => name;

    // The errors of eight points would show in float32, and without AVX-512 the kernels imitate it.
    public override bool Applies(ConvCase layer, ConvPass pass) => Vector512.IsHardwareAccelerated && WinogradConv.Computes(form, layer.Shape)
        && (layer.Precision == Precision.BFloat16 || form is WinogradForm.F4x3 or WinogradForm.F2x5);

    /// <summary>True where the rule takes this form for the pass.</summary>
    public bool IsFastest(ConvCase layer, ConvPass pass) => WinogradChoice.Best(layer.Shape, pass, layer.Precision == Precision.BFloat16) == form;

    /// <summary>True where it waits for its kernels, and oneDNN's Winograd in float32 is faster in spite of what goes to and fro between the precisions.</summary>
    public bool Streams(ConvCase layer, ConvPass pass) => WinogradChoice.Streams(form, layer.Shape, pass);

    public override string? Forward(ConvCase layer, Lowering lowering)
    {
        (WorkerTeam team, Conv2dShape shape, Layout dstLayout) = (lowering.Team, layer.Shape, Blocked(layer, layer.Dst));
        FoldedNorm? folded = FoldedNorm.TryFuse(lowering);
        Value? sum = lowering.TryFuseSum(op => op is Add);
        bool relu = lowering.TryFuse(op => op is ReLU);
        WinogradEnd end = (sum is null ? WinogradEnd.None : WinogradEnd.Add) | (relu ? WinogradEnd.Relu : WinogradEnd.None);
        Buffer src = lowering.Input(0, Blocked(layer, layer.Src)), dst = Conv2d.Destination(lowering, sum, dstLayout);
        Buffer scratch = lowering.Scratch(WinogradConv.ScratchBytes(form, shape, ConvPass.Forward, team.Threads));
        (Buffer weights, Buffer? biases) = folded?.Emit(lowering) ?? (lowering.Parameter("weight")!.Master, lowering.Parameter("bias")?.Master);
        Buffer[] reads = [src, weights, .. (ReadOnlySpan<Buffer>)(biases is null ? [] : [biases]), .. (ReadOnlySpan<Buffer>)(sum is null ? [] : [dst])];
        lowering.EmitManaged(Conv2d.Work(folded, sum is not null, relu), reads, [dst, scratch], layer.Precision == Precision.BFloat16
            ? () => WinogradConv.Forward(team, form, shape, src.Span<ushort>(), weights.Floats, biases is null ? [] : biases.Floats, end, dst.Span<ushort>(), scratch.Span<byte>())
            : () => WinogradConv.Forward(team, form, shape, src.Floats, weights.Floats, biases is null ? [] : biases.Floats, end, dst.Floats, scratch.Span<byte>()),
            kernel: KernelName);
        lowering.Output(dst, dstLayout);
        return null;
    }

    public override void BackwardData(ConvCase layer, BackwardLowering backward)
    {
        (WorkerTeam team, Conv2dShape shape, Layout srcLayout) = (backward.Team, layer.Shape, Blocked(layer, layer.Src));
        Parameter weight = backward.Parameter("weight")!;
        Buffer diffDst = backward.DiffDstIn(Blocked(layer, layer.Dst)), diffSrc = backward.Allocate("d src", srcLayout.Bytes, BufferKind.ActivationGradient);
        Buffer scratch = backward.Scratch(WinogradConv.ScratchBytes(form, shape, ConvPass.BackwardData, team.Threads));
        backward.EmitManaged("backward data", [diffDst, weight.Master], [diffSrc, scratch], layer.Precision == Precision.BFloat16
            ? () => WinogradConv.BackwardData<ushort>(team, form, shape, diffDst.Span<ushort>(), weight.Data, diffSrc.Span<ushort>(), scratch.Span<byte>())
            : () => WinogradConv.BackwardData<float>(team, form, shape, diffDst.Floats, weight.Data, diffSrc.Floats, scratch.Span<byte>()), kernel: KernelName);
        backward.DiffSrc(0, diffSrc, srcLayout);
    }

    public override void BackwardWeights(ConvCase layer, BackwardLowering backward)
    {
        (WorkerTeam team, Conv2dShape shape) = (backward.Team, layer.Shape);
        Buffer src = backward.Input(0, Blocked(layer, layer.Src)), diffDst = backward.DiffDstIn(Blocked(layer, layer.Dst));
        Buffer diffWeights = Conv2d.GradientOf(backward, backward.Parameter("weight")!);
        Buffer? diffBias = backward.Parameter("bias") is { } bias ? Conv2d.GradientOf(backward, bias) : null;
        Buffer scratch = backward.Scratch(WinogradConv.ScratchBytes(form, shape, ConvPass.BackwardWeights, team.Threads));
        Buffer[] writes = diffBias is null ? [diffWeights, scratch] : [diffWeights, diffBias, scratch];
        backward.EmitManaged("backward weights", [src, diffDst], writes, layer.Precision == Precision.BFloat16
            ? () => WinogradConv.BackwardWeights<ushort>(
                team, form, shape, src.Span<ushort>(), diffDst.Span<ushort>(), diffWeights.Floats, diffBias is null ? [] : diffBias.Floats, scratch.Span<byte>())
            : () => WinogradConv.BackwardWeights<float>(
                team, form, shape, src.Floats, diffDst.Floats, diffWeights.Floats, diffBias is null ? [] : diffBias.Floats, scratch.Span<byte>()), kernel: KernelName);
    }

    private string KernelName => $"managed winograd {WinogradConv.Name(form)}";

    private static Layout Blocked(ConvCase layer, TensorShape shape) => layer.OneDnn.LayoutOf(
        layer.OneDnn.Api.Plain(OneDnnBackend.Dims(layer.Batch, shape), OneDnnBackend.TypeOf(layer.Precision), FormatTag.NChw16c), layer.Batch, shape);
}
