using Fovea.Engine.Backends;
using Fovea.Engine.Planning;
using Fovea.Kernels;
using Fovea.OneDnn;
using Buffer = Fovea.Engine.Planning.Buffer;

namespace Fovea.Engine.Ops;

/// <summary>Images of one size with their channels behind each other (PyTorch's cat along dimension 1, ONNX Concat): the end of Inception and fire modules.</summary>
/// <remarks>
/// In every layout in which an image lies in one piece and its parts behind each other, each part is one copy: plain channels-first, and oneDNN's blocked
/// layouts where the channels of all parts fill their blocks. Other layouts go through the plain one. Chains, where the result of one is the first part of the next,
/// share one buffer (Concat.Joint.cs).
/// </remarks>
public sealed partial class Concat : Op
{
    /// <summary>The block of plain channels-first: a plane.</summary>
    private const int PlaneBlock = 1;

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
    public override void LowerManaged(Lowering lowering)
    {
        static Layout LayoutOf(int batch, TensorShape shape, int block) => PlainLayout.Nchw(batch, shape);
        if (!TryJoin(lowering, PlaneBlock, LayoutOf))
            Lower(lowering, shape => LayoutOf(lowering.Batch, shape, PlaneBlock));
    }

    /// <summary>Copies are bound by memory whoever makes them; the kernel is ours in both backends, in oneDNN's layout where it can be.</summary>
    public override string? LowerOneDnn(Lowering lowering, OneDnnBackend oneDnn)
    {
        Layout LayoutOf(TensorShape shape, int block, Precision precision) => block == PlaneBlock
            ? PlainLayout.Nchw(lowering.Batch, shape, precision)
            : new OneDnnLayout(oneDnn.Api.Plain(
                OneDnnBackend.Dims(lowering.Batch, shape), OneDnnBackend.TypeOf(precision), block == 16 ? FormatTag.NChw16c : FormatTag.NChw8c));
        Precision precision = lowering.Stored(0).Layout.Precision;
        int block = ((int[])[16, 8]).FirstOrDefault(
            block => LayoutOf(lowering.InputShape(0), block, precision).Equals(lowering.Stored(0).Layout.Common), PlaneBlock);
        // The kernels that read joint buffers compute in float32.
        if (!TryJoin(lowering, block, (_, shape, block) => LayoutOf(shape, block, Precision.Float32)))
        {
            int filled = FillBlocks(lowering.Graph, [lowering.Layer.Index], block) ? block : PlaneBlock;
            Lower(lowering, shape => LayoutOf(shape, filled, precision));
        }
        return null;
    }

    /// <summary>True where every part's channels are whole blocks.</summary>
    private static bool FillBlocks(Graph graph, IEnumerable<int> layers, int block) =>
        layers.All(layer => graph.Layers[layer].Inputs.All(part => graph.Layers[part].Output.C % block == 0));

    private static Action Copy(WorkerTeam team, Layout layout, int rows, int width, Buffer src, int srcOffset, Buffer dst, int dstOffset) =>
        layout.Precision == Precision.BFloat16
            ? () => RowKernels.Copy<ushort>(team, rows, width, src.Span<ushort>(), srcOffset, dst.Span<ushort>(), dstOffset)
            : () => RowKernels.Copy<float>(team, rows, width, src.Floats, srcOffset, dst.Floats, dstOffset);

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
            lowering.EmitManaged($"place part {i}", i == 0 ? [part] : [part, dst], [dst], Copy(team, whole, n, width, part, 0, dst, at));
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
                backward.EmitManaged($"take part {i}", [diffDst], [diffSrc], Copy(team, whole, n, width, diffDst, at, diffSrc, 0));
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
