using Fovea.Engine.Backends;
using Fovea.Engine.Planning;
using Fovea.Kernels;
using Buffer = Fovea.Engine.Planning.Buffer;

namespace Fovea.Engine.Ops;

/// <summary>The sum of two tensors of one shape (ONNX Add): the end of a residual block. Takes any layout, as long as both have the same, and the ReLU behind it.
/// In inference a convolution before it may have done it already.</summary>
public sealed class Add : Op
{
    /// <inheritdoc/>
    public override string Name => "Add";

    /// <inheritdoc/>
    public override TensorShape Infer(IReadOnlyList<TensorShape> inputs) => inputs[0] == inputs[1]
        ? inputs[0]
        : throw new ShapeException($"got {inputs[0]} and {inputs[1]}, expected two tensors of one shape: bring the shortcut to the shape of the block's result");

    /// <inheritdoc/>
    public override void LowerManaged(Lowering lowering)
    {
        if (lowering.ForwardIsFused)
            return;
        (Value first, WorkerTeam team) = (lowering.Input(0), lowering.Team);
        Buffer second = lowering.Input(1, first.Layout), dst = lowering.Allocate("dst", first.Layout.Bytes, BufferKind.Activation);
        bool relu = lowering.TryFuse(op => op is ReLU, backwardToo: true);
        lowering.EmitManaged(relu ? "forward + ReLU" : "forward", [first.Buffer, second], [dst], Sum(team, relu, first, second, dst), (first.Buffer, dst));
        lowering.Output(dst, first.Layout);
        if (relu)
        {
            // The block's result has two readers, the next block and the way around it: their gradients are added up under the mask, in one pass.
            lowering.TakeGradientInParts();
            lowering.OnBackward(backward => BackwardThroughRelu(backward, dst, first.Layout));
        }
        else
        {
            lowering.OnBackward(backward => Share(backward, backward.DiffDst));
        }
    }

    private static Action Sum(WorkerTeam team, bool relu, Value first, Buffer second, Buffer dst) => (first.Layout.Precision, relu) switch
    {
        (Precision.BFloat16, true) => () => BFloat16.AddRelu(team, first.Buffer.Span<ushort>(), second.Span<ushort>(), dst.Span<ushort>()),
        (Precision.BFloat16, false) => () => BFloat16.Add(team, first.Buffer.Span<ushort>(), second.Span<ushort>(), dst.Span<ushort>()),
        (_, true) => () => Elementwise.AddRelu(team, first.Buffer.Floats, second.Floats, dst.Floats),
        _ => () => Elementwise.Add(team, first.Buffer.Floats, second.Floats, dst.Floats),
    };

    private static void BackwardThroughRelu(BackwardLowering backward, Buffer dst, Layout layout)
    {
        WorkerTeam team = backward.Team;
        (Value first, Value? second) = backward.DiffDstParts;
        Buffer a = backward.PartIn(first, layout), diffSrc = backward.Allocate("d src", layout.Bytes, BufferKind.ActivationGradient);
        if (second is null)
        {
            Action mask = layout.Precision == Precision.BFloat16
                ? () => BFloat16.ReluBackward(team, dst.Span<ushort>(), a.Span<ushort>(), diffSrc.Span<ushort>())
                : () => Elementwise.ReluBackward(team, dst.Floats, a.Floats, diffSrc.Floats);
            backward.EmitManaged("backward + ReLU", [dst, a], [diffSrc], mask, (a, diffSrc));
        }
        else
        {
            Buffer b = backward.PartIn(second, layout);
            Action mask = layout.Precision == Precision.BFloat16
                ? () => BFloat16.ReluBackwardOfSum(team, dst.Span<ushort>(), a.Span<ushort>(), b.Span<ushort>(), diffSrc.Span<ushort>())
                : () => Elementwise.ReluBackwardOfSum(team, dst.Floats, a.Floats, b.Floats, diffSrc.Floats);
            backward.EmitManaged("add gradients + ReLU", [dst, a, b], [diffSrc], mask, (a, diffSrc));
        }
        Share(backward, new Value(diffSrc, layout));
    }

    private static void Share(BackwardLowering backward, Value gradient)
    {
        backward.DiffSrc(0, gradient.Buffer, gradient.Layout);
        backward.DiffSrc(1, gradient.Buffer, gradient.Layout);
    }

    /// <summary>A sum of equal layouts is bound by memory whoever does it; the kernel is ours in both backends and spares a reorder.</summary>
    public override string? LowerOneDnn(Lowering lowering, OneDnnBackend oneDnn)
    {
        LowerManaged(lowering);
        return null;
    }
}

/// <summary>Fluent form of <see cref="Add"/>.</summary>
public static class AddNode
{
    /// <inheritdoc cref="Ops.Add"/>
    public static Node Add(this Node src, Node other, string name = "add") => src.Apply(new Add(), name, other);
}
