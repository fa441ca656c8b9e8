using Fovea.Engine.Backends;
using Fovea.Engine.Planning;
using Fovea.Kernels;
using Fovea.OneDnn;
using Buffer = Fovea.Engine.Planning.Buffer;

namespace Fovea.Engine.Ops;

/// <remarks>
/// 3x3 and 5x5 convolutions with many channels run on Fovea's own Winograd kernels in a plan of oneDNN's, each pass for itself where it is faster than oneDNN's
/// (docs/decisions/0006). They read and write oneDNN's blocked layout, in the plan's precision, and the weights as the float32 masters lie: weights need no reorder.
/// </remarks>
public sealed partial class Conv2d
{
    /// <summary>Winograd's form for a pass, if the shape is one that it makes faster than oneDNN's kernel.</summary>
    private WinogradForm? Winograd(ConvPass pass, LoweringContext context, TensorShape src, TensorShape dst) =>
        WinogradChoice.Best(KernelShape(context.Batch, src, dst), pass, context.Precision == Precision.BFloat16);

    /// <summary>Emits the forward step and records the backward ones, if Winograd makes it faster.</summary>
    private bool TryLowerWinograd(Lowering lowering, OneDnnBackend oneDnn)
    {
        (TensorShape srcShape, TensorShape dstShape) = (lowering.InputShape(0), lowering.OutputShape);
        if (Winograd(ConvPass.Forward, lowering, srcShape, dstShape) is not { } form)
            return false;
        Conv2dShape shape = KernelShape(lowering.Batch, srcShape, dstShape);
        Layout srcLayout = Blocked(oneDnn, lowering, srcShape), dstLayout = Blocked(oneDnn, lowering, dstShape);
        Parameter weight = lowering.Parameter("weight")!;
        Parameter? bias = lowering.Parameter("bias");
        FoldedNorm? folded = FoldedNorm.TryFuse(lowering);
        Value? sum = lowering.TryFuseSum(op => op is Add);
        bool relu = lowering.TryFuse(op => op is ReLU);
        WinogradEnd end = (sum is null ? WinogradEnd.None : WinogradEnd.Add) | (relu ? WinogradEnd.Relu : WinogradEnd.None);
        WorkerTeam team = lowering.Team;
        Buffer src = lowering.Input(0, srcLayout), dst = Destination(lowering, sum, dstLayout);
        Buffer scratch = lowering.Scratch(WinogradConv.ScratchBytes(form, shape, ConvPass.Forward, team.Threads));
        (Buffer weights, Buffer? biases) = folded?.Emit(lowering) ?? (weight.Master, bias?.Master);
        Buffer[] reads = biases is null ? [src, weights] : [src, weights, biases];
        lowering.EmitManaged(Work(folded, sum is not null, relu), reads, [dst, scratch], lowering.Precision == Precision.BFloat16
            ? () => WinogradConv.Forward(team, form, shape, src.Span<ushort>(), weights.Floats, biases is null ? [] : biases.Floats, end, dst.Span<ushort>(), scratch.Span<byte>())
            : () => WinogradConv.Forward(team, form, shape, src.Floats, weights.Floats, biases is null ? [] : biases.Floats, end, dst.Floats, scratch.Span<byte>()),
            kernel: KernelName(form));
        lowering.Output(dst, dstLayout);
        lowering.OnBackward(backward => BackwardOneDnn(backward, oneDnn, new OneDnnLayout(MasterDesc(oneDnn.Api, srcShape))));
        return true;
    }

    private bool TryBackwardDataWinograd(BackwardLowering backward, OneDnnBackend oneDnn)
    {
        (TensorShape srcShape, TensorShape dstShape) = (backward.InputShape(0), backward.OutputShape);
        if (Winograd(ConvPass.BackwardData, backward, srcShape, dstShape) is not { } form)
            return false;
        Conv2dShape shape = KernelShape(backward.Batch, srcShape, dstShape);
        WorkerTeam team = backward.Team;
        Parameter weight = backward.Parameter("weight")!;
        Layout srcLayout = Blocked(oneDnn, backward, srcShape);
        Buffer diffDst = backward.DiffDstIn(Blocked(oneDnn, backward, dstShape)), diffSrc = backward.Allocate("d src", srcLayout.Bytes, BufferKind.ActivationGradient);
        Buffer scratch = backward.Scratch(WinogradConv.ScratchBytes(form, shape, ConvPass.BackwardData, team.Threads));
        backward.EmitManaged("backward data", [diffDst, weight.Master], [diffSrc, scratch], backward.Precision == Precision.BFloat16
            ? () => WinogradConv.BackwardData<ushort>(team, form, shape, diffDst.Span<ushort>(), weight.Data, diffSrc.Span<ushort>(), scratch.Span<byte>())
            : () => WinogradConv.BackwardData<float>(team, form, shape, diffDst.Floats, weight.Data, diffSrc.Floats, scratch.Span<byte>()), kernel: KernelName(form));
        backward.DiffSrc(0, diffSrc, srcLayout);
        return true;
    }

    private bool TryBackwardWeightsWinograd(BackwardLowering backward, OneDnnBackend oneDnn)
    {
        (TensorShape srcShape, TensorShape dstShape) = (backward.InputShape(0), backward.OutputShape);
        if (Winograd(ConvPass.BackwardWeights, backward, srcShape, dstShape) is not { } form)
            return false;
        Conv2dShape shape = KernelShape(backward.Batch, srcShape, dstShape);
        WorkerTeam team = backward.Team;
        Buffer src = backward.Input(0, Blocked(oneDnn, backward, srcShape)), diffDst = backward.DiffDstIn(Blocked(oneDnn, backward, dstShape));
        Buffer diffWeights = backward.Gradient(backward.Parameter("weight")!);
        Buffer? diffBias = backward.Parameter("bias") is { } bias ? backward.Gradient(bias) : null;
        Buffer scratch = backward.Scratch(WinogradConv.ScratchBytes(form, shape, ConvPass.BackwardWeights, team.Threads));
        Buffer[] writes = diffBias is null ? [diffWeights, scratch] : [diffWeights, diffBias, scratch];
        backward.EmitManaged("backward weights", [src, diffDst], writes, backward.Precision == Precision.BFloat16
            ? () => WinogradConv.BackwardWeights<ushort>(
                team, form, shape, src.Span<ushort>(), diffDst.Span<ushort>(), diffWeights.Floats, diffBias is null ? [] : diffBias.Floats, scratch.Span<byte>())
            : () => WinogradConv.BackwardWeights<float>(
                team, form, shape, src.Floats, diffDst.Floats, diffWeights.Floats, diffBias is null ? [] : diffBias.Floats, scratch.Span<byte>()), kernel: KernelName(form));
        return true;
    }

    private static string KernelName(WinogradForm form) => $"managed winograd {WinogradConv.Name(form)}";

    private static Layout Blocked(OneDnnBackend oneDnn, LoweringContext context, TensorShape shape) => oneDnn.LayoutOf(
        oneDnn.Api.Plain(OneDnnBackend.Dims(context.Batch, shape), OneDnnBackend.TypeOf(context.Precision), FormatTag.NChw16c), context.Batch, shape);
}
