using Fovea.Engine.Backends;
using Fovea.Engine.Planning;
using Fovea.Kernels;
using Buffer = Fovea.Engine.Planning.Buffer;

namespace Fovea.Engine.Ops;

/// <summary>The sum of two tensors of one shape (ONNX Add): the end of a residual block. Takes any layout, as long as both have the same.</summary>
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
        (Value first, WorkerTeam team) = (lowering.Input(0), lowering.Team);
        Buffer second = lowering.Input(1, first.Layout), dst = lowering.Allocate("dst", first.Layout.Bytes, BufferKind.Activation);
        Action add = first.Layout.Precision == Precision.BFloat16
            ? () => BFloat16.Add(team, first.Buffer.Span<ushort>(), second.Span<ushort>(), dst.Span<ushort>())
            : () => Elementwise.Add(team, first.Buffer.Floats, second.Floats, dst.Floats);
        lowering.EmitManaged("forward", [first.Buffer, second], [dst], add, (first.Buffer, dst));
        lowering.Output(dst, first.Layout);
        lowering.OnBackward(backward =>
        {
            backward.DiffSrc(0, backward.DiffDst.Buffer, backward.DiffDst.Layout);
            backward.DiffSrc(1, backward.DiffDst.Buffer, backward.DiffDst.Layout);
        });
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
