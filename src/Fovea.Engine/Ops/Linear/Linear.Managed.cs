using Fovea.Engine.Planning;
using Fovea.Kernels;
using Buffer = Fovea.Engine.Planning.Buffer;

namespace Fovea.Engine.Ops;

public sealed partial class Linear
{
    /// <inheritdoc/>
    public override void LowerManaged(Lowering lowering)
    {
        (int batch, int ic, int oc) = (lowering.Batch, lowering.InputShape(0).Features, OutFeatures);
        PlainLayout srcLayout = PlainLayout.Nchw(batch, lowering.InputShape(0)), dstLayout = PlainLayout.Nchw(batch, lowering.OutputShape);
        Parameter weight = lowering.Parameter("weight")!;
        Parameter? bias = lowering.Parameter("bias");
        bool relu = lowering.TryFuse(op => op is ReLU);
        Buffer src = lowering.Input(0, srcLayout), dst = lowering.Allocate("dst", dstLayout.Bytes, BufferKind.Activation);
        WorkerTeam team = lowering.Team;
        Buffer scratch = lowering.Scratch(LinearKernels.ForwardScratch(batch, ic, oc, team.Threads));
        Buffer[] reads = bias is null ? [src, weight.Master] : [src, weight.Master, bias.Master];
        lowering.EmitManaged(relu ? "forward + ReLU" : "forward", reads, [dst, scratch], () =>
            LinearKernels.Forward(team, batch, ic, oc, src.Floats, weight.Data, bias is null ? [] : bias.Data, relu, dst.Floats, scratch.Span<byte>()));
        lowering.Output(dst, dstLayout);
        lowering.OnBackward(backward => BackwardManaged(backward, srcLayout, dstLayout));
    }

    private void BackwardManaged(BackwardLowering backward, PlainLayout srcLayout, PlainLayout dstLayout)
    {
        (int batch, int ic, int oc, WorkerTeam team) = (backward.Batch, backward.InputShape(0).Features, OutFeatures, backward.Team);
        Parameter weight = backward.Parameter("weight")!;
        Parameter? bias = backward.Parameter("bias");
        Buffer diffDst = backward.DiffDstIn(dstLayout);
        if (backward.WantsInputGradient(0))
        {
            Buffer diffSrc = backward.Allocate("d src", srcLayout.Bytes, BufferKind.ActivationGradient);
            Buffer scratch = backward.Scratch(LinearKernels.BackwardDataScratch(batch, ic, oc, team.Threads));
            backward.EmitManaged("backward data", [diffDst, weight.Master], [diffSrc, scratch], () =>
                LinearKernels.BackwardData(team, batch, ic, oc, diffDst.Floats, weight.Data, diffSrc.Floats, scratch.Span<byte>()));
            backward.DiffSrc(0, diffSrc, srcLayout);
        }
        if (!weight.Trainable)
            return;
        Buffer src = backward.Input(0, srcLayout), diffWeights = backward.Gradient(weight);
        Buffer? diffBias = bias is null ? null : backward.Gradient(bias);
        Buffer weightScratch = backward.Scratch(LinearKernels.BackwardWeightsScratch(batch, ic, oc, team.Threads));
        Buffer[] writes = diffBias is null ? [diffWeights, weightScratch] : [diffWeights, diffBias, weightScratch];
        backward.EmitManaged("backward weights", [src, diffDst], writes, () =>
            LinearKernels.BackwardWeights(
                team, batch, ic, oc, src.Floats, diffDst.Floats, diffWeights.Floats, diffBias is null ? [] : diffBias.Floats, weightScratch.Span<byte>()));
    }
}
