using Fovea.Engine.Backends;
using Fovea.Engine.Planning;
using Fovea.OneDnn;

namespace Fovea.Engine.Tests;

/// <summary>Changes nothing but how oneDNN gets the tensor, so that a case can put an op into the layout in which networks use it.</summary>
internal sealed class Relayout(string tag) : Op
{
    public override string Name => "Relayout";

    public override TensorShape Infer(IReadOnlyList<TensorShape> inputs) => inputs[0];

    public override void LowerManaged(Lowering lowering) => Lower(lowering, lowering.Input(0).Layout);

    public override string? LowerOneDnn(Lowering lowering, OneDnnBackend oneDnn)
    {
        Precision precision = lowering.Input(0).Layout.Precision;
        Lower(lowering, tag == "nhwc"
            ? PlainLayout.Nhwc(lowering.Batch, lowering.OutputShape, precision)
            : new OneDnnLayout(oneDnn.Api.Plain(OneDnnBackend.Dims(lowering.Batch, lowering.OutputShape), OneDnnBackend.TypeOf(precision), FormatTag.NChw16c)));
        return null;
    }

    private static void Lower(Lowering lowering, Layout layout)
    {
        lowering.Output(lowering.Input(0, layout), layout);
        lowering.OnBackward(backward => backward.DiffSrc(0, backward.DiffDstIn(layout), layout));
    }
}
