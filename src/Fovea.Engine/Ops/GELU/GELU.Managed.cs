using Fovea.Engine.Planning;
using Fovea.Kernels;
using Buffer = Fovea.Engine.Planning.Buffer;

namespace Fovea.Engine.Ops;

public sealed partial class GELU
{
    /// <inheritdoc/>
    public override void LowerManaged(Lowering lowering)
    {
        WorkerTeam team = lowering.Team;
        PlainLayout layout = lowering.Input(0).Layout is PlainLayout { Precision: Precision.Float32 } plain ? plain : PlainLayout.Nchw(lowering.Batch, lowering.OutputShape);
        Buffer src = lowering.Input(0, layout), dst = lowering.Allocate("dst", layout.Bytes, BufferKind.Activation);
        lowering.EmitManaged("forward", [src], [dst], () => Elementwise.GeluForward(team, src.Floats, dst.Floats), (src, dst));
        lowering.Output(dst, layout);
        lowering.OnBackward(backward =>
        {
            if (!backward.WantsInputGradient(0))
                return;
            Buffer kept = backward.Input(0, layout), diffDst = backward.DiffDstIn(layout);
            Buffer diffSrc = backward.Allocate("d src", layout.Bytes, BufferKind.ActivationGradient);
            backward.EmitManaged("backward", [kept, diffDst], [diffSrc], () => Elementwise.GeluBackward(team, kept.Floats, diffDst.Floats, diffSrc.Floats), (diffDst, diffSrc));
            backward.DiffSrc(0, diffSrc, layout);
        });
    }
}
