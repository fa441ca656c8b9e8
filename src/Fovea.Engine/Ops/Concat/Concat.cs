using Fovea.Engine.Backends;
using Fovea.Engine.Planning;
using Fovea.Kernels;
using Fovea.OneDnn;
using Buffer = Fovea.Engine.Planning.Buffer;

namespace Fovea.Engine.Ops;

/// <summary>Images of one size with their channels behind each other (PyTorch's cat along dimension 1, ONNX Concat): the end of Inception and fire modules.</summary>
/// <remarks>
/// In every layout in which an image or a pixel lies in one piece and its parts behind each other, each part is one copy: plain channels-first and channels-last, and
/// oneDNN's blocked layouts where the channels of all parts fill their blocks. Other layouts go through the plain one. Chains, where the result of one is the first part of the next,
/// share one buffer (Concat.Joint.cs).
/// </remarks>
public sealed partial class Concat : Op
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
    public override void LowerManaged(Lowering lowering)
    {
        Form planes = new(1, shape => PlainLayout.Nchw(lowering.Batch, shape));
        if (!TryJoin(lowering, planes, planes))
            Lower(lowering, planes);
    }

    /// <summary>Copies are bound by memory whoever makes them; the kernel is ours in both backends, in the layout of the first part where it can be.</summary>
    public override string? LowerOneDnn(Lowering lowering, OneDnnBackend oneDnn)
    {
        Layout first = lowering.Stored(0).Layout.Common;
        (int batch, Precision precision) = (lowering.Batch, first.Precision);
        Form Blocked(int block, FormatTag tag) =>
            new(block, shape => new OneDnnLayout(oneDnn.Api.Plain(OneDnnBackend.Dims(batch, shape), OneDnnBackend.TypeOf(precision), tag)));
        Form planes = new(1, shape => PlainLayout.Nchw(batch, shape, precision));
        Form[] forms = [Blocked(16, FormatTag.NChw16c), Blocked(8, FormatTag.NChw8c), new(16, shape => PlainLayout.Nhwc(batch, shape, precision), ChannelsLast: true)];
        Form form = forms.FirstOrDefault(form => form.Of(lowering.InputShape(0)).Equals(first), planes);
        if (!TryJoin(lowering, form, planes))
            Lower(lowering, form.ChannelsLast || FillBlocks(lowering.Graph, [lowering.Layer.Index], form.Block) ? form : planes);
        return null;
    }

    /// <summary>True where every part's channels are whole blocks.</summary>
    private static bool FillBlocks(Graph graph, IEnumerable<int> layers, int block) =>
        layers.All(layer => graph.Layers[layer].Inputs.All(part => graph.Layers[part].Output.C % block == 0));

    private static Action Copy(WorkerTeam team, Precision precision, int rows, int width, Buffer src, int srcOffset, Buffer dst, int dstOffset) =>
        precision == Precision.BFloat16
            ? () => RowKernels.Copy<ushort>(team, rows, width, src.Span<ushort>(), srcOffset, dst.Span<ushort>(), dstOffset)
            : () => RowKernels.Copy<float>(team, rows, width, src.Floats, srcOffset, dst.Floats, dstOffset);

    private static void Lower(Lowering lowering, Form form)
    {
        (WorkerTeam team, int count, TensorShape dstShape) = (lowering.Team, lowering.Layer.Inputs.Count, lowering.OutputShape);
        // A row is what lies in one piece: an image, or with channels last a pixel.
        int rows = lowering.Batch * (form.ChannelsLast ? dstShape.H * dstShape.W : 1);
        int Width(TensorShape shape) => form.ChannelsLast ? shape.C : shape.Features;
        Layout whole = form.Of(dstShape);
        TensorShape[] shapes = [.. Enumerable.Range(0, count).Select(lowering.InputShape)];
        Buffer[] parts = [.. shapes.Select((shape, i) => lowering.Input(i, form.Of(shape)))];
        Buffer dst = lowering.Allocate("dst", whole.Bytes, BufferKind.Activation);
        for (int i = 0, offset = 0; i < count; offset += Width(shapes[i]), i++)
        {
            Action run = Copy(team, whole.Precision, rows, Width(shapes[i]), parts[i], 0, dst, offset);
            lowering.EmitManaged($"place part {i}", i == 0 ? [parts[i]] : [parts[i], dst], [dst], run);
        }
        lowering.Output(dst, whole);
        lowering.OnBackward(backward =>
        {
            Buffer diffDst = backward.DiffDstIn(whole);
            for (int i = 0, offset = 0; i < count; offset += Width(shapes[i]), i++)
            {
                if (!backward.WantsInputGradient(i))
                    continue;
                Layout layout = form.Of(shapes[i]);
                Buffer diffSrc = backward.Allocate($"d src {i}", layout.Bytes, BufferKind.ActivationGradient);
                backward.EmitManaged($"take part {i}", [diffDst], [diffSrc], Copy(team, whole.Precision, rows, Width(shapes[i]), diffDst, offset, diffSrc, 0));
                backward.DiffSrc(i, diffSrc, layout);
            }
        });
    }

    /// <summary>A way for the parts and the result to lie.</summary>
    /// <param name="Block">Channels that every part must have a multiple of to be placed in a joint buffer, or in a blocked layout at all.</param>
    /// <param name="Of">The layout of a shape.</param>
    /// <param name="ChannelsLast">True for [N][HW][C].</param>
    private sealed record Form(int Block, Func<TensorShape, Layout> Of, bool ChannelsLast = false);
}

/// <summary>Fluent form of <see cref="Concat"/>.</summary>
public static class ConcatNode
{
    /// <inheritdoc cref="Ops.Concat"/>
    /// <param name="src">The first part.</param>
    /// <param name="others">The parts that follow.</param>
    public static Node Concat(this Node src, params ReadOnlySpan<Node> others) => src.Apply(new Concat(), "concat", others);
}
