using Fovea.Engine.Backends;
using Fovea.Engine.Planning;
using Buffer = Fovea.Engine.Planning.Buffer;

namespace Fovea.Engine.Ops;

/// <remarks>
/// A chain of concatenations, as a dense block is one, has one joint buffer for the channels of its last (docs/decisions/0008). Each layer places its new channels behind
/// those that lie there, which never move again, and its result is the buffer's beginning; gradients take the same way back in one joint gradient.
/// </remarks>
public sealed partial class Concat
{
    /// <summary>Begins or continues a chain.</summary>
    /// <param name="lowering">This layer.</param>
    /// <param name="form">How the first part lies.</param>
    /// <param name="planes">What is taken where the parts fill no blocks.</param>
    /// <returns>False where the layer is no part of a chain.</returns>
    private static bool TryJoin(Lowering lowering, Form form, Form planes)
    {
        Layer layer = lowering.Layer;
        JointLayout? before = lowering.Stored(0).Layout is JointLayout joint && joint.Chain.Layers.Contains(layer.Index) ? joint : null;
        JointChain? chain = before?.Chain;
        if (chain is null)
        {
            List<int> layers = ChainFrom(lowering.Graph, layer.Index);
            if (layers.Count == 1)
                return false;
            if (!FillBlocks(lowering.Graph, layers, form.Block))
                form = planes;
            chain = Allocate(lowering, layers, form);
        }
        JointLayout whole = new(lowering.Batch, lowering.OutputShape, form.Block, form.Of(lowering.OutputShape), chain);
        JointPart[] parts = [.. Parts(lowering, before is null ? 0 : 1, form.Of)];
        foreach (JointPart part in parts)
            Place(lowering, whole, part);
        lowering.Output(chain.Data, whole);
        lowering.OnBackward(backward => BackwardJoint(backward, whole, before, parts));
        return true;
    }

    /// <summary>This concatenation and those that follow it, each the first part of the next. Where a result begins two, the first one continues the chain.</summary>
    private static List<int> ChainFrom(Graph graph, int layer)
    {
        List<int> layers = [];
        for (int next = layer; next >= 0;)
        {
            int current = next;
            layers.Add(current);
            next = graph.Consumers[current].Where(i => graph.Layers[i].Node.Op is Concat && graph.Layers[i].Inputs[0] == current).DefaultIfEmpty(-1).Min();
        }
        return layers;
    }

    private static JointChain Allocate(Lowering lowering, List<int> layers, Form form)
    {
        TensorShape last = lowering.Graph.Layers[layers[^1]].Output;
        Buffer data = lowering.Allocate("joint dst", lowering.Batch * last.Elements * form.Of(last).Precision.Bytes(), BufferKind.Activation);
        long statistics = lowering.Training ? last.C * sizeof(float) : 0;
        return new JointChain(
            data, lowering.Allocate("joint mean", statistics, BufferKind.Workspace), lowering.Allocate("joint variance", statistics, BufferKind.Workspace), layers);
    }

    private static IEnumerable<JointPart> Parts(Lowering lowering, int first, Func<TensorShape, Layout> layoutOf)
    {
        int channel = 0;
        for (int i = 0; i < lowering.Layer.Inputs.Count; channel += lowering.InputShape(i).C, i++)
        {
            if (i >= first)
                yield return new JointPart(i, channel, lowering.InputShape(i).C, layoutOf(lowering.InputShape(i)));
        }
    }

    private static void Place(Lowering lowering, JointLayout whole, JointPart part)
    {
        (Buffer data, Buffer src) = (whole.Chain.Data, lowering.Input(part.Input, part.Layout));
        lowering.EmitManaged(
            $"place channels {part.First} to {part.First + part.Channels - 1}", part.First == 0 ? [src] : [src, data], [data],
            whole.Place(lowering.Team, part.Channels, src, part.First, data), kernel: whole.Kernel);
    }

    private static void BackwardJoint(BackwardLowering backward, JointLayout whole, JointLayout? before, JointPart[] parts)
    {
        Value diffDst = backward.DiffDst.Layout is JointGradientLayout own && own.Joint.Equals(whole) ? backward.DiffDst : Begin(backward, whole);
        JointGradientLayout gradient = (JointGradientLayout)diffDst.Layout;
        foreach (JointPart part in parts.Where(part => backward.WantsInputGradient(part.Input)))
        {
            Buffer diffSrc = backward.Allocate($"d src {part.Input}", part.Layout.Bytes, BufferKind.ActivationGradient);
            (Action run, Buffer[] reads) = gradient.Take(backward.Team, diffDst.Buffer, part.First, part.Channels, diffSrc);
            backward.EmitManaged($"take channels {part.First} to {part.First + part.Channels - 1}", reads, [diffSrc], run, kernel: whole.Kernel);
            backward.DiffSrc(part.Input, diffSrc, part.Layout);
        }
        if (before is not null && backward.WantsInputGradient(0))
            backward.DiffSrc(0, diffDst.Buffer, gradient.Prefix(before));
    }

    /// <summary>The gradient that came from a reader that knows nothing of joint buffers.</summary>
    private static Value Begin(BackwardLowering backward, JointLayout whole)
    {
        Buffer dense = backward.DiffDstIn(whole.Common);
        Value value = JointGradientLayout.Begin(backward, whole);
        JointGradientLayout gradient = (JointGradientLayout)value.Layout;
        Action place = whole.Place(backward.Team, whole.Channels, dense, 0, value.Buffer);
        // Channels that nobody has normalised have no mean; a slope of zero leaves alone what it is, but for what is no number.
        (Buffer mean, int measured) = (whole.Chain.Mean, whole.Chain.Measured);
        backward.EmitManaged("place gradient", measured == 0 ? [dense] : [dense, mean], [value.Buffer, gradient.Offset, gradient.Slope, mean], () =>
        {
            place();
            gradient.Offset.Floats.Clear();
            gradient.Slope.Floats.Clear();
            mean.Floats[measured..].Clear();
        }, kernel: whole.Kernel);
        return value;
    }

    /// <summary>A part that is placed: which input, where its channels begin, how it lies before.</summary>
    private sealed record JointPart(int Input, int First, int Channels, Layout Layout);
}
