using Fovea.Engine.Planning;
using Fovea.Kernels;
using Buffer = Fovea.Engine.Planning.Buffer;

namespace Fovea.Engine.Ops;

public sealed partial class LocalResponseNorm
{
    /// <inheritdoc/>
    public override void LowerManaged(Lowering lowering)
    {
        (int n, TensorShape shape, WorkerTeam team, float alpha) = (lowering.Batch, lowering.OutputShape, lowering.Team, Alpha / Size);
        PlainLayout layout = PlainLayout.Nchw(n, shape);
        Buffer src = lowering.Input(0, layout), dst = lowering.Allocate("dst", layout.Bytes, BufferKind.Activation);
        lowering.EmitManaged("forward", [src], [dst], () => LrnKernels.Forward(team, n, shape.C, shape.H * shape.W, Size, alpha, Beta, K, src.Floats, dst.Floats));
        lowering.Output(dst, layout);
        lowering.OnBackward(backward =>
        {
            if (!backward.WantsInputGradient(0))
                return;
            Buffer diffDst = backward.DiffDstIn(layout), diffSrc = backward.Allocate("d src", layout.Bytes, BufferKind.ActivationGradient);
            backward.EmitManaged("backward", [src, diffDst], [diffSrc], () =>
                LrnKernels.Backward(team, n, shape.C, shape.H * shape.W, Size, alpha, Beta, K, src.Floats, diffDst.Floats, diffSrc.Floats));
            backward.DiffSrc(0, diffSrc, layout);
        });
    }
}
