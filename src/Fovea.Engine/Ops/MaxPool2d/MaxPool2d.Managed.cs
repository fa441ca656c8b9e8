using Fovea.Engine.Planning;
using Fovea.Kernels;
using Buffer = Fovea.Engine.Planning.Buffer;

namespace Fovea.Engine.Ops;

public sealed partial class MaxPool2d
{
    /// <inheritdoc/>
    public override void LowerManaged(Lowering lowering)
    {
        Pool2dShape shape = KernelShape(lowering.Batch, lowering.InputShape(0), lowering.OutputShape);
        PlainLayout srcLayout = PlainLayout.Nchw(lowering.Batch, lowering.InputShape(0)), dstLayout = PlainLayout.Nchw(lowering.Batch, lowering.OutputShape);
        Buffer src = lowering.Input(0, srcLayout), dst = lowering.Allocate("dst", dstLayout.Bytes, BufferKind.Activation);
        // The winners' positions, one int per output; only the backward pass wants them.
        Buffer argmax = lowering.Allocate("indices", lowering.Training ? dstLayout.Bytes : 0, BufferKind.Workspace);
        WorkerTeam team = lowering.Team;
        lowering.EmitManaged("forward", [src], [dst, argmax], () => PoolKernels.MaxForward(team, shape, src.Floats, dst.Floats, argmax.Span<int>()));
        lowering.Output(dst, dstLayout);
        lowering.OnBackward(backward =>
        {
            if (!backward.WantsInputGradient(0))
                return;
            Buffer diffDst = backward.DiffDstIn(dstLayout), diffSrc = backward.Allocate("d src", srcLayout.Bytes, BufferKind.ActivationGradient);
            backward.EmitManaged("backward", [diffDst, argmax], [diffSrc], () => PoolKernels.MaxBackward(team, shape, diffDst.Floats, argmax.Span<int>(), diffSrc.Floats));
            backward.DiffSrc(0, diffSrc, srcLayout);
        });
    }
}
