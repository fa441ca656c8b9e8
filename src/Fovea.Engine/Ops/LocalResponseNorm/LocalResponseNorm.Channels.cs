using Fovea.Engine.Backends;
using Fovea.Engine.Planning;
using Fovea.Kernels;
using Fovea.OneDnn;
using Buffer = Fovea.Engine.Planning.Buffer;

namespace Fovea.Engine.Ops;

/// <remarks>
/// Where channels lie beside each other (nhwc, nChw16c) the backward kernel is Fovea's own: oneDNN's wants a workspace of twice its input that lives from the forward
/// pass to the backward one (142 MiB for AlexNet's first at batch 64), ours computes the scales again while the values pass by (docs/decisions/0010).
/// </remarks>
public sealed partial class LocalResponseNorm
{
    private const string ChannelKernel = "managed channels";

    /// <summary>nChw16c or nhwc; null for every other layout.</summary>
    private static bool? IsBlocked(Layout layout) => layout switch
    {
        PlainLayout { ChannelsLast: true } => false,
        OneDnnLayout own when own.Desc.IsPlain(FormatTag.NChw16c) => true,
        _ => null,
    };

    private bool TryLowerChannels(Lowering lowering)
    {
        Value src = lowering.Input(0);
        (int n, TensorShape shape, WorkerTeam team, float alpha) = (lowering.Batch, lowering.OutputShape, lowering.Team, Alpha / Size);
        if (IsBlocked(src.Layout) is not { } blocked || shape.C > LrnChannelKernels.MaxChannels || Size > 64)
            return false;
        Buffer dst = lowering.Allocate("dst", src.Layout.Bytes, BufferKind.Activation);
        lowering.EmitManaged("forward", [src.Buffer], [dst], () =>
            LrnChannelKernels.Forward(team, n, shape.C, shape.H * shape.W, blocked, Size, alpha, Beta, K, src.Buffer.Floats, dst.Floats), kernel: ChannelKernel);
        lowering.Output(dst, src.Layout);
        lowering.OnBackward(backward =>
        {
            if (!backward.WantsInputGradient(0))
                return;
            Buffer diffDst = backward.DiffDstIn(src.Layout), diffSrc = backward.Allocate("d src", src.Layout.Bytes, BufferKind.ActivationGradient);
            backward.EmitManaged("backward", [src.Buffer, diffDst], [diffSrc], () => LrnChannelKernels.Backward(
                team, n, shape.C, shape.H * shape.W, blocked, Size, alpha, Beta, K, src.Buffer.Floats, diffDst.Floats, diffSrc.Floats), kernel: ChannelKernel);
            backward.DiffSrc(0, diffSrc, src.Layout);
        });
        return true;
    }
}
