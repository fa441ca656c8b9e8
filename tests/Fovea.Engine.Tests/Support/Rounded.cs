using Fovea.Engine.Backends;
using Fovea.Engine.Planning;

namespace Fovea.Engine.Tests;

/// <summary>Hands its input on in bfloat16.</summary>
internal sealed class Rounded : Op
{
    public override string Name => "Rounded";

    public override TensorShape Infer(IReadOnlyList<TensorShape> inputs) => inputs[0];

    public override void LowerManaged(Lowering lowering)
    {
        PlainLayout layout = PlainLayout.Nchw(lowering.Batch, lowering.OutputShape, Precision.BFloat16);
        lowering.Output(lowering.Input(0, layout), layout);
        lowering.OnBackward(backward => backward.DiffSrc(0, backward.DiffDstIn(layout), layout));
    }

    public override string? LowerOneDnn(Lowering lowering, OneDnnBackend oneDnn)
    {
        LowerManaged(lowering);
        return null;
    }
}
