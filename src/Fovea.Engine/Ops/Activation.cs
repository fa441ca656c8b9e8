using Fovea.Engine.Backends;
using Fovea.Engine.Planning;
using Fovea.OneDnn;
using Buffer = Fovea.Engine.Planning.Buffer;

namespace Fovea.Engine.Ops;

/// <summary>
/// What the element-by-element ops share: any layout, in place where nobody needs the input, and a gradient that follows from the result alone, so that the
/// input need not be kept.
/// </summary>
public abstract class Activation : Op
{
    /// <summary>oneDNN's eltwise algorithm, forward.</summary>
    protected abstract EltwiseAlgorithm OneDnnForward { get; }

    /// <summary>oneDNN's eltwise algorithm that takes the gradient from the result.</summary>
    protected abstract EltwiseAlgorithm OneDnnBackward { get; }

    /// <inheritdoc/>
    public override TensorShape Infer(IReadOnlyList<TensorShape> inputs) => inputs[0];

    /// <summary>dst = f(src); the two may be the same memory.</summary>
    protected abstract void Forward(WorkerTeam team, ReadOnlySpan<float> src, Span<float> dst);

    /// <summary>diffSrc = f'(src) * diffDst, with f' taken from dst; diffSrc may be diffDst's memory.</summary>
    protected abstract void Backward(WorkerTeam team, ReadOnlySpan<float> dst, ReadOnlySpan<float> diffDst, Span<float> diffSrc);

    /// <inheritdoc/>
    public sealed override void LowerManaged(Lowering lowering)
    {
        WorkerTeam team = lowering.Team;
        if (!lowering.ForwardIsFused)
        {
            PlainLayout layout = lowering.Input(0).Layout is PlainLayout { Precision: Precision.Float32 } plain ? plain : PlainLayout.Nchw(lowering.Batch, lowering.OutputShape);
            Buffer src = lowering.Input(0, layout), dst = lowering.Allocate("dst", layout.Bytes, BufferKind.Activation);
            lowering.EmitManaged("forward", [src], [dst], () => Forward(team, src.Floats, dst.Floats), (src, dst));
            lowering.Output(dst, layout);
        }
        if (TryPassThrough(lowering))
            return;
        lowering.OnBackward(backward =>
        {
            if (!backward.WantsInputGradient(0))
                return;
            Value result = backward.Result;
            Buffer diffDst = backward.DiffDstIn(result.Layout), diffSrc = backward.Allocate("d src", result.Layout.Bytes, BufferKind.ActivationGradient);
            backward.EmitManaged("backward", [result.Buffer, diffDst], [diffSrc], () => Backward(team, result.Buffer.Floats, diffDst.Floats, diffSrc.Floats), (diffDst, diffSrc));
            backward.DiffSrc(0, diffSrc, result.Layout);
        });
    }

    /// <inheritdoc/>
    public sealed override string? LowerOneDnn(Lowering lowering, OneDnnBackend oneDnn)
    {
        if (!lowering.ForwardIsFused && Eltwise.Forward(lowering, oneDnn, OneDnnForward) is { } declined)
            return declined;
        if (TryPassThrough(lowering))
            return null;
        lowering.OnBackward(backward => Eltwise.Backward(this, backward, oneDnn, OneDnnBackward, Arg.Dst, backward.Result.Layout));
        return null;
    }

    /// <summary>Where the producer's backward kernel does this op's part, the gradient is handed on as it is.</summary>
    private static bool TryPassThrough(Lowering lowering)
    {
        if (lowering.BackwardIsFused)
            lowering.HandGradientOn();
        return lowering.BackwardIsFused;
    }
}
