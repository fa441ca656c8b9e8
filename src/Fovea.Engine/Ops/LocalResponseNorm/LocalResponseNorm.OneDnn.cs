using Fovea.Engine.Backends;
using Fovea.Engine.Planning;
using Fovea.Kernels;
using Fovea.OneDnn;
using Buffer = Fovea.Engine.Planning.Buffer;

namespace Fovea.Engine.Ops;

public sealed partial class LocalResponseNorm
{
    /// <inheritdoc/>
    public override string? LowerOneDnn(Lowering lowering, OneDnnBackend oneDnn)
    {
        // Ours keeps nothing between the passes, but knows float32 alone.
        if (lowering.Input(0).Layout.Precision == Precision.Float32 && TryLowerChannels(lowering))
            return null;
        // PyTorch's window reaches size/2 channels back and (size - 1)/2 forward; oneDNN's is symmetric.
        if (Size % 2 == 0)
            return $"its window over {Size} channels would be symmetric";
        Value src = lowering.Input(0);
        MemoryDesc data = oneDnn.Desc(src.Layout);
        PrimitiveDesc? desc = oneDnn.Api.LrnForward(lowering.Training, acrossChannels: true, data, Size, Alpha, Beta, K, null, out string why);
        if (desc is null)
            return why;
        if (desc.IsReference)
        {
            desc.Dispose();
            return $"only the reference kernel would take {src.Layout.Tag}";
        }
        Buffer dst = lowering.Allocate("dst", src.Layout.Bytes, BufferKind.Activation);
        OneDnnArgument[] arguments = [new(Arg.Src, data, src.Buffer), new(Arg.Dst, data, dst)];
        OneDnnArgument? workspace = null;
        if (desc.Query(Arg.Workspace) is { ByteSize: > 0 } scales)
            workspace = new OneDnnArgument(Arg.Workspace, scales, lowering.Allocate("scales", scales.ByteSize, BufferKind.Workspace));
        oneDnn.Emit(lowering, "forward", desc, workspace is null ? arguments : [.. arguments, workspace.Value]);
        lowering.Output(dst, src.Layout);
        lowering.OnBackward(backward =>
        {
            if (!backward.WantsInputGradient(0))
                return;
            PrimitiveDesc back = oneDnn.Api.LrnBackward(acrossChannels: true, data, data, Size, Alpha, Beta, K, null, null, out string reason)
                ?? throw new FoveaException($"oneDNN runs {Name} forward but not backward on {src.Layout.Tag}: {reason}. Use --backend managed.");
            Buffer diffSrc = backward.Allocate("d src", src.Layout.Bytes, BufferKind.ActivationGradient);
            OneDnnArgument[] args = [new(Arg.Src, data, src.Buffer), new(Arg.DiffDst, data, backward.DiffDstIn(src.Layout)), new(Arg.DiffSrc, data, diffSrc)];
            oneDnn.Emit(backward, "backward", back, workspace is null ? args : [.. args, workspace.Value]);
            backward.DiffSrc(0, diffSrc, src.Layout);
        });
        return null;
    }
}
