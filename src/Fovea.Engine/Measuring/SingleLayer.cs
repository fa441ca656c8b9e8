using Fovea.Engine.Backends;
using Fovea.Engine.Planning;
using Buffer = Fovea.Engine.Planning.Buffer;

namespace Fovea.Engine.Measuring;

/// <summary>One layer of a network by itself: its input is a constant tensor, its gradient another one, so that its kernels can be timed alone.</summary>
internal static class SingleLayer
{
    /// <summary>An ordinary value: zeros and numbers outside float32's normal range run at other speeds.</summary>
    public const float Value = 0.01f;

    /// <summary>The layer as a network of its own, with the layer's own name.</summary>
    public static Graph Of(Graph graph, Layer layer)
    {
        TensorShape input = graph.Layers[layer.Inputs[0]].Output;
        return Graph.Create($"{layer.Node.Name} alone", Node.Source(new ConstantSource(), "constant").Apply(layer.Node.Op, "layer"), input);
    }

    /// <summary>What to compile it with.</summary>
    public static PlanOptions Options(int batch, bool training) => new() { Batch = batch, Training = training, Loss = training ? new ConstantGradient() : null };

    private sealed class ConstantSource : Op
    {
        public override string Name => "Constant";

        public override TensorShape Infer(IReadOnlyList<TensorShape> inputs) => inputs[0];

        // One trained value, so that the plan computes the gradient of what stands behind it.
        public override IReadOnlyList<ParameterSpec> Parameters(IReadOnlyList<TensorShape> inputs) => [new ParameterSpec("value", [1], ParameterRole.Bias, 1, 1)];

        public override void LowerManaged(Lowering lowering)
        {
            PlainLayout layout = PlainLayout.Nchw(lowering.Batch, lowering.OutputShape);
            Buffer buffer = lowering.Allocate("dst", layout.Bytes, BufferKind.Activation);
            lowering.EmitManaged("constant", [], [buffer], () => buffer.Floats.Fill(Value));
            lowering.Output(buffer, layout);
        }

        public override string? LowerOneDnn(Lowering lowering, OneDnnBackend oneDnn)
        {
            LowerManaged(lowering);
            return null;
        }
    }

    private sealed class ConstantGradient : Op
    {
        public override string Name => "Gradient";

        public override TensorShape Infer(IReadOnlyList<TensorShape> inputs) => inputs[0];

        public override void LowerManaged(Lowering lowering)
        {
            Value src = lowering.Input(0);
            lowering.Output(src.Buffer, src.Layout);
            lowering.OnBackward(backward =>
            {
                Buffer gradient = backward.Allocate("d src", src.Layout.Bytes, BufferKind.ActivationGradient);
                backward.EmitManaged("constant", [], [gradient], () => gradient.Floats.Fill(SingleLayer.Value));
                backward.DiffSrc(0, gradient, src.Layout);
            });
        }

        public override string? LowerOneDnn(Lowering lowering, OneDnnBackend oneDnn)
        {
            LowerManaged(lowering);
            return null;
        }
    }
}
