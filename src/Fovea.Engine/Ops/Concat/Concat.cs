using Fovea.Engine.Backends;
using Fovea.Engine.Planning;
using Fovea.Kernels;
using Fovea.OneDnn;
using Buffer = Fovea.Engine.Planning.Buffer;

namespace Fovea.Engine.Ops;

/// <summary>Images of one size with their channels behind each other (PyTorch's cat along dimension 1, ONNX Concat): the end of Inception and fire modules.</summary>
/// <remarks>
/// In every layout in which an image lies in one piece and its parts behind each other, each part is one copy: plain channels-first, and oneDNN's blocked
/// layouts where the channels of all parts fill their blocks. Other layouts go through the plain one.
/// </remarks>
public sealed class Concat : Op
{
    /// <inheritdoc/>
    public override string Name => "Concat";

    /// <inheritdoc/>
    public override TensorShape Infer(IReadOnlyList<TensorShape> inputs)
    {
        TensorShape first = inputs[0];
        foreach (TensorShape shape in inputs)
        {
            if (shape.IsFlat || (shape.H, shape.W) != (first.H, first.W))
                throw new ShapeException($"got {string.Join(", ", inputs)}, expected images of one height and width: pad or stride the branches alike");
        }
        return new TensorShape(inputs.Sum(shape => shape.C), first.H, first.W);
    }

    /// <inheritdoc/>
    public override void LowerManaged(Lowering lowering) => Lower(lowering, shape => PlainLayout.Nchw(lowering.Batch, shape));

    /// <summary>Copies are bound by memory whoever makes them; the kernel is ours in both backends, in oneDNN's layout where it can be.</summary>
    public override string? LowerOneDnn(Lowering lowering, OneDnnBackend oneDnn)
    {
        FormatTag? blocked = BlockedTag(lowering, oneDnn);
        Lower(lowering, shape => blocked is { } tag
            ? new OneDnnLayout(oneDnn.Api.Plain(OneDnnBackend.Dims(lowering.Batch, shape), DataType.F32, tag))
            : PlainLayout.Nchw(lowering.Batch, shape));
        return null;
    }

    /// <summary>The blocked layout of the first part, if every part's channels fill its blocks; null for the plain one.</summary>
    private static FormatTag? BlockedTag(Lowering lowering, OneDnnBackend oneDnn)
    {
        Layout first = lowering.Input(0).Layout;
        foreach ((FormatTag tag, int block) in ((FormatTag, int)[])[(FormatTag.NChw16c, 16), (FormatTag.NChw8c, 8)])
        {
            Layout candidate = new OneDnnLayout(oneDnn.Api.Plain(OneDnnBackend.Dims(lowering.Batch, lowering.InputShape(0)), DataType.F32, tag));
            if (candidate.Equals(first) && Enumerable.Range(0, lowering.Layer.Inputs.Count).All(i => lowering.InputShape(i).C % block == 0))
                return tag;
        }
        return null;
    }

    private static void Lower(Lowering lowering, Func<TensorShape, Layout> layoutOf)
    {
        (int n, WorkerTeam team, int count) = (lowering.Batch, lowering.Team, lowering.Layer.Inputs.Count);
        Layout whole = layoutOf(lowering.OutputShape);
        TensorShape[] shapes = [.. Enumerable.Range(0, count).Select(lowering.InputShape)];
        Buffer[] parts = [.. shapes.Select((shape, i) => lowering.Input(i, layoutOf(shape)))];
        Buffer dst = lowering.Allocate("dst", whole.Bytes, BufferKind.Activation);
        for (int i = 0, offset = 0; i < count; offset += shapes[i].Features, i++)
        {
            (Buffer part, int width, int at) = (parts[i], shapes[i].Features, offset);
            lowering.EmitManaged($"place part {i}", i == 0 ? [part] : [part, dst], [dst], () => RowKernels.Copy(team, n, width, part.Floats, 0, dst.Floats, at));
        }
        lowering.Output(dst, whole);
        lowering.OnBackward(backward =>
        {
            Buffer diffDst = backward.DiffDstIn(whole);
            for (int i = 0, offset = 0; i < count; offset += shapes[i].Features, i++)
            {
                if (!backward.WantsInputGradient(i))
                    continue;
                (Layout layout, int width, int at) = (layoutOf(shapes[i]), shapes[i].Features, offset);
                Buffer diffSrc = backward.Allocate($"d src {i}", layout.Bytes, BufferKind.ActivationGradient);
                backward.EmitManaged($"take part {i}", [diffDst], [diffSrc], () => RowKernels.Copy(team, n, width, diffDst.Floats, at, diffSrc.Floats, 0));
                backward.DiffSrc(i, diffSrc, layout);
            }
        });
    }
}

/// <summary>Fluent form of <see cref="Concat"/>.</summary>
public static class ConcatNode
{
    /// <inheritdoc cref="Ops.Concat"/>
    /// <param name="src">The first part.</param>
    /// <param name="others">The parts that follow.</param>
    public static Node Concat(this Node src, params ReadOnlySpan<Node> others) => src.Apply(new Concat(), "concat", others);
}
