using Fovea.Engine.Backends;
using Fovea.Engine.Planning;
using Fovea.Kernels;
using Buffer = Fovea.Engine.Planning.Buffer;

namespace Fovea.Engine.Ops;

/// <summary>
/// In training, sets each value to zero with probability p and scales the others by 1/(1 - p); in inference nothing (Krizhevsky et al. 2012, section 4.2, in
/// the inverted form of PyTorch's Dropout; ONNX Dropout). The mask is a function of (seed, step, layer, position in memory), so it is never stored.
/// </summary>
public sealed class Dropout : Op
{
    /// <summary>A dropout.</summary>
    /// <param name="p">Probability of dropping, 0 to below 1.</param>
    public Dropout(float p = 0.5f)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(p);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(p, 1f);
        P = p;
    }

    /// <summary>Probability of dropping a value.</summary>
    public float P { get; }

    /// <inheritdoc/>
    public override string Name => "Dropout";

    /// <inheritdoc/>
    public override string Details => FormattableString.Invariant($"{P}");

    /// <inheritdoc/>
    public override TensorShape Infer(IReadOnlyList<TensorShape> inputs) => inputs[0];

    /// <inheritdoc/>
    public override void LowerManaged(Lowering lowering)
    {
        if (!lowering.Training || P == 0)
        {
            lowering.PassThrough();
            return;
        }
        Value src = lowering.Input(0);
        Buffer dst = lowering.Allocate("dst", src.Layout.Bytes, BufferKind.Activation);
        EmitMask(lowering, "forward", src.Layout.Precision, src.Buffer, dst);
        lowering.Output(dst, src.Layout);
        lowering.OnBackward(backward =>
        {
            if (!backward.WantsInputGradient(0))
                return;
            // The mask belongs to positions in memory, so the gradient has to lie as the value did.
            Buffer diffSrc = backward.Allocate("d src", src.Layout.Bytes, BufferKind.ActivationGradient);
            EmitMask(backward, "backward", src.Layout.Precision, backward.DiffDstIn(src.Layout), diffSrc);
            backward.DiffSrc(0, diffSrc, src.Layout);
        });
    }

    /// <summary>oneDNN 2.6 has no dropout; the kernel is ours in both backends and takes any layout as it is.</summary>
    public override string? LowerOneDnn(Lowering lowering, OneDnnBackend oneDnn)
    {
        LowerManaged(lowering);
        return null;
    }

    private void EmitMask(LoweringContext context, string work, Precision precision, Buffer from, Buffer to)
    {
        (WorkerTeam team, StepState state, uint layer) = (context.Team, context.State, (uint)context.Layer.Index);
        Action apply = precision == Precision.BFloat16
            ? () => DropoutKernels.Apply(team, new PhiloxKey(state.Seed, RandomStream.Dropout, (uint)state.Step, layer), P, from.Span<ushort>(), to.Span<ushort>())
            : () => DropoutKernels.Apply(team, new PhiloxKey(state.Seed, RandomStream.Dropout, (uint)state.Step, layer), P, from.Floats, to.Floats);
        context.EmitManaged(work, [from], [to], apply, (from, to));
    }
}

/// <summary>Fluent form of <see cref="Dropout"/>.</summary>
public static class DropoutNode
{
    /// <inheritdoc cref="Ops.Dropout(float)"/>
    public static Node Dropout(this Node src, float p = 0.5f) => src.Apply(new Dropout(p));
}
