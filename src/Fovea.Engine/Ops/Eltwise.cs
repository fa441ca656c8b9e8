using Fovea.Engine.Backends;
using Fovea.Engine.Planning;
using Fovea.Kernels;
using Fovea.OneDnn;
using Buffer = Fovea.Engine.Planning.Buffer;

namespace Fovea.Engine.Ops;

/// <summary>oneDNN's eltwise primitive, for the ops that work element by element.</summary>
internal static class Eltwise
{
    /// <summary>Lowers an op's forward pass, in its input's own layout.</summary>
    /// <returns>Null, or why oneDNN declines.</returns>
    public static string? Forward(Lowering lowering, OneDnnBackend oneDnn, EltwiseAlgorithm algorithm)
    {
        Value src = lowering.Input(0);
        MemoryDesc data = oneDnn.Desc(src.Layout);
        PrimitiveDesc? desc = oneDnn.Api.EltwiseForward(lowering.Training, algorithm, data, 0, 0, null, out string why);
        if (desc is null)
            return why;
        if (desc.IsReference)
        {
            // A function that is not 0 at 0 must not touch the padding of a blocked layout.
            desc.Dispose();
            return $"only the reference kernel would take {src.Layout.Tag}";
        }
        Buffer dst = lowering.Allocate("dst", src.Layout.Bytes, BufferKind.Activation);
        oneDnn.Emit(lowering, "forward", desc, [new(Arg.Src, data, src.Buffer), new(Arg.Dst, data, dst)], (src.Buffer, dst));
        lowering.Output(dst, src.Layout);
        return null;
    }

    /// <summary>Lowers an op's backward pass.</summary>
    /// <param name="op">The op, for the message.</param>
    /// <param name="backward">Where to.</param>
    /// <param name="oneDnn">oneDNN.</param>
    /// <param name="algorithm">What it computes.</param>
    /// <param name="kept">What the gradient is taken from: <see cref="Arg.Src"/> or <see cref="Arg.Dst"/>.</param>
    /// <param name="layout">The layout of the forward pass.</param>
    /// <exception cref="FoveaException">oneDNN has no such kernel.</exception>
    public static void Backward(Op op, BackwardLowering backward, OneDnnBackend oneDnn, EltwiseAlgorithm algorithm, Arg kept, Layout layout)
    {
        if (!backward.WantsInputGradient(0))
            return;
        MemoryDesc data = oneDnn.Desc(layout);
        PrimitiveDesc desc = oneDnn.Api.EltwiseBackward(algorithm, data, data, 0, 0, null, null, out string why)
            ?? throw new FoveaException($"oneDNN runs {op.Name} forward but not backward on {layout.Tag}: {why}. Use --backend managed.");
        Buffer from = kept == Arg.Dst ? backward.Result.Buffer : backward.Input(0, layout), diffDst = backward.DiffDstIn(layout);
        Buffer diffSrc = backward.Allocate("d src", layout.Bytes, BufferKind.ActivationGradient);
        oneDnn.Emit(backward, "backward", desc, [new(kept, data, from), new(Arg.DiffDst, data, diffDst), new(Arg.DiffSrc, data, diffSrc)], (diffDst, diffSrc));
        backward.DiffSrc(0, diffSrc, layout);
    }
}
