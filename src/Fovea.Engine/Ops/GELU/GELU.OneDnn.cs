using Fovea.Engine.Backends;
using Fovea.Engine.Planning;
using Fovea.Kernels;
using Fovea.OneDnn;
using Buffer = Fovea.Engine.Planning.Buffer;

namespace Fovea.Engine.Ops;

public sealed partial class GELU
{
    /// <inheritdoc/>
    public override string? LowerOneDnn(Lowering lowering, OneDnnBackend oneDnn)
    {
        Value src = lowering.Input(0);
        MemoryDesc data = oneDnn.Desc(src.Layout);
        PrimitiveDesc? desc = oneDnn.Api.EltwiseForward(lowering.Training, EltwiseAlgorithm.GeluErf, data, 0, 0, null, out string why);
        if (desc is null)
            return why;
        if (desc.IsReference)
        {
            desc.Dispose();
            return $"only the reference kernel would take {src.Layout.Tag}";
        }
        Buffer dst = lowering.Allocate("dst", src.Layout.Bytes, BufferKind.Activation);
        oneDnn.Emit(lowering, "forward", desc, [new(Arg.Src, data, src.Buffer), new(Arg.Dst, data, dst)], (src.Buffer, dst));
        lowering.Output(dst, src.Layout);
        lowering.OnBackward(backward => BackwardOneDnn(backward, oneDnn, src.Layout, data));
        return null;
    }

    private void BackwardOneDnn(BackwardLowering backward, OneDnnBackend oneDnn, Layout layout, MemoryDesc data)
    {
        if (!backward.WantsInputGradient(0))
            return;
        PrimitiveDesc desc = oneDnn.Api.EltwiseBackward(EltwiseAlgorithm.GeluErf, data, data, 0, 0, null, null, out string why)
            ?? throw new FoveaException($"oneDNN runs {Name} forward but not backward on {layout.Tag}: {why}. Use --backend managed.");
        Buffer src = backward.Input(0, layout), diffDst = backward.DiffDstIn(layout);
        Buffer diffSrc = backward.Allocate("d src", layout.Bytes, BufferKind.ActivationGradient);
        oneDnn.Emit(backward, "backward", desc, [new(Arg.Src, data, src), new(Arg.DiffDst, data, diffDst), new(Arg.DiffSrc, data, diffSrc)], (diffDst, diffSrc));
        backward.DiffSrc(0, diffSrc, layout);
    }
}
