using Fovea.Engine.Planning;
using Fovea.Kernels;
using Buffer = Fovea.Engine.Planning.Buffer;

namespace Fovea.Engine.Ops;

public sealed partial class AvgPool2d
{
    /// <inheritdoc/>
    public override void LowerManaged(Lowering lowering)
    {
        Pool2dShape shape = KernelShape(lowering.Batch, lowering.InputShape(0), lowering.OutputShape);
        PlainLayout srcLayout = PlainLayout.Nchw(lowering.Batch, lowering.InputShape(0)), dstLayout = PlainLayout.Nchw(lowering.Batch, lowering.OutputShape);
        Buffer src = lowering.Input(0, srcLayout), dst = lowering.Allocate("dst", dstLayout.Bytes, BufferKind.Activation);
        WorkerTeam team = lowering.Team;
        lowering.EmitManaged("forward", [src], [dst], () => PoolKernels.AvgForward(team, shape, countIncludePadding, src.Floats, dst.Floats));
        lowering.Output(dst, dstLayout);
        lowering.OnBackward(backward =>
        {
            if (!backward.WantsInputGradient(0))
                return;
            Buffer diffDst = backward.DiffDstIn(dstLayout), diffSrc = backward.Allocate("d src", srcLayout.Bytes, BufferKind.ActivationGradient);
            backward.EmitManaged("backward", [diffDst], [diffSrc], () => PoolKernels.AvgBackward(team, shape, countIncludePadding, diffDst.Floats, diffSrc.Floats));
            backward.DiffSrc(0, diffSrc, srcLayout);
        });
    }
}
