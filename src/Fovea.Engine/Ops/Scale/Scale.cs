using Fovea.Engine.Backends;
using Fovea.Engine.Planning;
using Fovea.Kernels;
using Buffer = Fovea.Engine.Planning.Buffer;

namespace Fovea.Engine.Ops;

/// <summary>
/// Every value times one constant (ONNX Mul with a scalar): what tempers logits. The gradient is multiplied with the same factor.
/// </summary>
public sealed class Scale : Op
{
    /// <summary>A multiplication.</summary>
    /// <param name="factor">The constant, finite.</param>
    public Scale(float factor)
    {
        if (!float.IsFinite(factor))
            throw new ArgumentOutOfRangeException(nameof(factor), factor, "A scale is a finite number.");
        Factor = factor;
    }

    /// <summary>The constant.</summary>
    public float Factor { get; }

    /// <inheritdoc/>
    public override string Name => "Scale";

    /// <inheritdoc/>
    public override string Details => FormattableString.Invariant($"{Factor:0.####}");

    /// <inheritdoc/>
    public override TensorShape Infer(IReadOnlyList<TensorShape> inputs) => inputs[0];

    /// <inheritdoc/>
    public override void LowerManaged(Lowering lowering)
    {
        (WorkerTeam team, float factor) = (lowering.Team, Factor);
        PlainLayout layout = lowering.Input(0).Layout is PlainLayout { Precision: Precision.Float32 } plain ? plain : PlainLayout.Nchw(lowering.Batch, lowering.OutputShape);
        Buffer src = lowering.Input(0, layout), dst = lowering.Allocate("dst", layout.Bytes, BufferKind.Activation);
        lowering.EmitManaged("forward", [src], [dst], () => Elementwise.Scale(team, factor, src.Floats, dst.Floats), (src, dst));
        lowering.Output(dst, layout);
        lowering.OnBackward(backward =>
        {
            if (!backward.WantsInputGradient(0))
                return;
            Buffer diffDst = backward.DiffDstIn(layout), diffSrc = backward.Allocate("d src", layout.Bytes, BufferKind.ActivationGradient);
            backward.EmitManaged("backward", [diffDst], [diffSrc], () => Elementwise.Scale(team, factor, diffDst.Floats, diffSrc.Floats), (diffDst, diffSrc));
            backward.DiffSrc(0, diffSrc, layout);
        });
    }

    /// <summary>Logits are a few kilobytes in a plain layout: a primitive of oneDNN's would do the same.</summary>
    public override string? LowerOneDnn(Lowering lowering, OneDnnBackend oneDnn)
    {
        LowerManaged(lowering);
        return null;
    }
}

/// <summary>Fluent form of <see cref="Scale"/>.</summary>
public static class ScaleNode
{
    /// <inheritdoc cref="Ops.Scale(float)"/>
    /// <param name="src">The values.</param>
    /// <param name="factor">The constant.</param>
    public static Node Scale(this Node src, float factor) => src.Apply(new Scale(factor));
}
