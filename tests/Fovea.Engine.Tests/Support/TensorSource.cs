using Fovea.Engine.Backends;
using Fovea.Engine.Planning;

namespace Fovea.Engine.Tests;

/// <summary>An op from outside the engine: a batch of float32 values as a parameter, so that its "parameter gradient" is the gradient of an op's input.</summary>
internal sealed class TensorSource(int batch, TensorShape shape) : Op
{
    public override string Name => "TensorSource";

    public static Node Node(int batch, TensorShape shape, string name = "source") => Engine.Node.Source(new TensorSource(batch, shape), name);

    public override TensorShape Infer(IReadOnlyList<TensorShape> inputs) => shape;

    public override IReadOnlyList<ParameterSpec> Parameters(IReadOnlyList<TensorShape> inputs) =>
        [new ParameterSpec("value", [batch, .. shape.Dims], ParameterRole.Bias, 1, 1)];

    public override void LowerManaged(Lowering lowering)
    {
        Parameter value = lowering.Parameter("value")!;
        PlainLayout layout = PlainLayout.Nchw(lowering.Batch, shape);
        lowering.Output(value.Master, layout);
        lowering.OnBackward(backward =>
        {
            Planning.Buffer diff = backward.DiffDstIn(layout), gradient = backward.Gradient(value);
            backward.EmitManaged("copy gradient", [diff], [gradient], () => diff.Floats.CopyTo(gradient.Floats));
        });
    }

    public override string? LowerOneDnn(Lowering lowering, OneDnnBackend oneDnn)
    {
        LowerManaged(lowering);
        return null;
    }
}

/// <summary>A loss whose gradient the test chooses: sum(result * diffDst). It copies the result out before anything can reuse its memory.</summary>
internal sealed class Probe : Op
{
    public override string Name => "Probe";

    public override TensorShape Infer(IReadOnlyList<TensorShape> inputs) => inputs[0];

    public override void LowerManaged(Lowering lowering)
    {
        PlainLayout layout = PlainLayout.Nchw(lowering.Batch, lowering.InputShape(0));
        Planning.Buffer src = lowering.Input(0, layout), result = lowering.Interface("result", layout.Bytes), diffDst = lowering.Interface("diffDst", layout.Bytes);
        lowering.EmitManaged("copy result", [src], [result], () => src.Floats.CopyTo(result.Floats));
        lowering.Output(result, layout);
        lowering.OnBackward(backward => backward.DiffSrc(0, diffDst, layout));
    }

    public override string? LowerOneDnn(Lowering lowering, OneDnnBackend oneDnn)
    {
        LowerManaged(lowering);
        return null;
    }
}
