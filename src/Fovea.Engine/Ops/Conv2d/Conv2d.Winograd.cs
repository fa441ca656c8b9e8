using Fovea.Engine.Backends;
using Fovea.Engine.Planning;
using Fovea.Kernels;
using Fovea.OneDnn;
using Buffer = Fovea.Engine.Planning.Buffer;

namespace Fovea.Engine.Ops;

/// <remarks>
/// 5x5 convolutions with many channels run on Fovea's own Winograd kernels, F(2x2, 5x5), in a plan of oneDNN's: oneDNN has Winograd for 3x3 only, and its direct
/// kernels are at the processor's peak, so fewer multiplications are the only way to be faster (docs/decisions/0006). They read and write oneDNN's blocked layout
/// and the weights as the masters lie: neither activations nor weights need a reorder.
/// </remarks>
public sealed partial class Conv2d
{
    private const string WinogradKernel = "managed winograd F(2x2, 5x5)";

    /// <summary>Emits the forward step and records the backward ones, if the shape is one that Winograd makes faster.</summary>
    private bool TryLowerWinograd(Lowering lowering, OneDnnBackend oneDnn)
    {
        Conv2dShape shape = KernelShape(lowering.Batch, lowering.InputShape(0), lowering.OutputShape);
        if (!WinogradConv5x5.Applies(shape))
            return false;
        (Layout srcLayout, Layout dstLayout) = (Blocked(oneDnn, lowering.Batch, lowering.InputShape(0)), Blocked(oneDnn, lowering.Batch, lowering.OutputShape));
        Parameter weight = lowering.Parameter("weight")!;
        Parameter? bias = lowering.Parameter("bias");
        FoldedNorm? folded = FoldedNorm.TryFuse(lowering);
        bool relu = lowering.TryFuse(op => op is ReLU);
        WorkerTeam team = lowering.Team;
        Buffer src = lowering.Input(0, srcLayout), dst = lowering.Allocate("dst", dstLayout.Bytes, BufferKind.Activation);
        Buffer scratch = lowering.Scratch(WinogradConv5x5.ForwardScratch(shape, team.Threads));
        (Buffer weights, Buffer? biases) = folded?.Emit(lowering) ?? (weight.Master, bias?.Master);
        Buffer[] reads = biases is null ? [src, weights] : [src, weights, biases];
        lowering.EmitManaged(Work(folded, sum: false, relu), reads, [dst, scratch], () =>
            WinogradConv5x5.Forward(team, shape, src.Floats, weights.Floats, biases is null ? [] : biases.Floats, relu, dst.Floats, scratch.Span<byte>()), kernel: WinogradKernel);
        lowering.Output(dst, dstLayout);
        lowering.OnBackward(backward => BackwardWinograd(backward, shape, srcLayout, dstLayout));
        return true;
    }

    private static void BackwardWinograd(BackwardLowering backward, Conv2dShape shape, Layout srcLayout, Layout dstLayout)
    {
        WorkerTeam team = backward.Team;
        Parameter weight = backward.Parameter("weight")!;
        Buffer diffDst = backward.DiffDstIn(dstLayout);
        if (backward.WantsInputGradient(0))
        {
            Buffer diffSrc = backward.Allocate("d src", srcLayout.Bytes, BufferKind.ActivationGradient);
            Buffer scratch = backward.Scratch(WinogradConv5x5.BackwardDataScratch(shape, team.Threads));
            backward.EmitManaged("backward data", [diffDst, weight.Master], [diffSrc, scratch], () =>
                WinogradConv5x5.BackwardData(team, shape, diffDst.Floats, weight.Data, diffSrc.Floats, scratch.Span<byte>()), kernel: WinogradKernel);
            backward.DiffSrc(0, diffSrc, srcLayout);
        }
        if (!Learns(backward))
            return;
        Buffer src = backward.Input(0, srcLayout), diffWeights = GradientOf(backward, weight);
        Buffer? diffBias = backward.Parameter("bias") is { } bias ? GradientOf(backward, bias) : null;
        Buffer weightScratch = backward.Scratch(WinogradConv5x5.BackwardWeightsScratch(shape, team.Threads));
        Buffer[] writes = diffBias is null ? [diffWeights, weightScratch] : [diffWeights, diffBias, weightScratch];
        backward.EmitManaged("backward weights", [src, diffDst], writes, () => WinogradConv5x5.BackwardWeights(
            team, shape, src.Floats, diffDst.Floats, diffWeights.Floats, diffBias is null ? [] : diffBias.Floats, weightScratch.Span<byte>()), kernel: WinogradKernel);
    }

    private static Layout Blocked(OneDnnBackend oneDnn, int batch, TensorShape shape) =>
        oneDnn.LayoutOf(oneDnn.Api.Plain(OneDnnBackend.Dims(batch, shape), DataType.F32, FormatTag.NChw16c), batch, shape);
}
