using Fovea.Engine.Planning;
using Fovea.Kernels;
using Buffer = Fovea.Engine.Planning.Buffer;

namespace Fovea.Engine.Ops;

public sealed partial class Conv2d
{
    /// <inheritdoc/>
    public override void LowerManaged(Lowering lowering)
    {
        Conv2dShape shape = KernelShape(lowering.Batch, lowering.InputShape(0), lowering.OutputShape);
        PlainLayout srcLayout = PlainLayout.Nchw(lowering.Batch, lowering.InputShape(0)), dstLayout = PlainLayout.Nchw(lowering.Batch, lowering.OutputShape);
        Parameter weight = lowering.Parameter("weight")!;
        Parameter? bias = lowering.Parameter("bias");
        FoldedNorm? folded = FoldedNorm.TryFuse(lowering);
        Value? sum = lowering.TryFuseSum(op => op is Add);
        bool relu = lowering.TryFuse(op => op is ReLU), accumulate = sum is not null;
        Buffer src = lowering.Input(0, srcLayout), dst = Destination(lowering, sum, dstLayout);
        Buffer scratch = lowering.Scratch(Conv2dKernels.ForwardScratch(shape, lowering.Team.Threads));
        WorkerTeam team = lowering.Team;
        (Buffer weights, Buffer? biases) = folded?.Emit(lowering) ?? (weight.Master, bias?.Master);
        Buffer[] reads = [src, weights, .. (ReadOnlySpan<Buffer>)(biases is null ? [] : [biases]), .. (ReadOnlySpan<Buffer>)(accumulate ? [dst] : [])];
        lowering.EmitManaged(Work(folded, accumulate, relu), reads, [dst, scratch], () =>
            Conv2dKernels.Forward(team, shape, src.Floats, weights.Floats, biases is null ? [] : biases.Floats, relu, dst.Floats, scratch.Span<byte>(), accumulate));
        lowering.Output(dst, dstLayout);
        lowering.OnBackward(backward => BackwardManaged(backward, shape, srcLayout, dstLayout));
    }

    private static void BackwardManaged(BackwardLowering backward, Conv2dShape shape, PlainLayout srcLayout, PlainLayout dstLayout)
    {
        WorkerTeam team = backward.Team;
        Parameter weight = backward.Parameter("weight")!;
        Parameter? bias = backward.Parameter("bias");
        Buffer diffDst = backward.DiffDstIn(dstLayout);
        if (backward.WantsInputGradient(0))
        {
            Buffer diffSrc = backward.Allocate("d src", srcLayout.Bytes, BufferKind.ActivationGradient);
            Buffer scratch = backward.Scratch(Conv2dKernels.BackwardDataScratch(shape, team.Threads));
            backward.EmitManaged("backward data", [diffDst, weight.Master], [diffSrc, scratch], () =>
                Conv2dKernels.BackwardData(team, shape, diffDst.Floats, weight.Data, diffSrc.Floats, scratch.Span<byte>()));
            backward.DiffSrc(0, diffSrc, srcLayout);
        }
        if (!Learns(backward))
            return;
        Buffer src = backward.Input(0, srcLayout), diffWeights = GradientOf(backward, weight);
        Buffer? diffBias = bias is null ? null : GradientOf(backward, bias);
        Buffer weightScratch = backward.Scratch(Conv2dKernels.BackwardWeightsScratch(shape, team.Threads));
        Buffer[] writes = diffBias is null ? [diffWeights, weightScratch] : [diffWeights, diffBias, weightScratch];
        backward.EmitManaged("backward weights", [src, diffDst], writes, () =>
            Conv2dKernels.BackwardWeights(
                team, shape, src.Floats, diffDst.Floats, diffWeights.Floats, diffBias is null ? [] : diffBias.Floats, weightScratch.Span<byte>()));
    }

    /// <summary>Memory of its own; where a sum is fused, the other term's, to which the kernel adds its result.</summary>
    internal static Buffer Destination(Lowering lowering, Value? sum, Layout layout) =>
        sum is null ? lowering.Allocate("dst", layout.Bytes, BufferKind.Activation) : lowering.TakeOver(sum, layout);

    internal static string Work(FoldedNorm? folded, bool sum, bool relu) =>
        "forward" + (folded is null ? "" : " + BatchNorm2d") + (sum ? " + Add" : "") + (relu ? " + ReLU" : "");

    internal Conv2dShape KernelShape(int batch, TensorShape src, TensorShape dst) =>
        new(batch, src.C, src.H, src.W, dst.C, Kernel.H, Kernel.W, dst.H, dst.W, Stride.H, Stride.W, Padding.Top, Padding.Left, Groups);
}
