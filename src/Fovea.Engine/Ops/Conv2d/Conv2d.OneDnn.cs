using Fovea.Engine.Backends;
using Fovea.Engine.Planning;
using Fovea.Kernels;

namespace Fovea.Engine.Ops;

/// <remarks>In a plan of oneDNN's each pass is computed in one of several ways: <see cref="ConvFormulations"/> lists them, and its rule or a table chooses.</remarks>
public sealed partial class Conv2d
{
    /// <inheritdoc/>
    public override string? LowerOneDnn(Lowering lowering, OneDnnBackend oneDnn)
    {
        ConvCase layer = new(this, oneDnn, lowering.Batch, lowering.InputShape(0), lowering.OutputShape, lowering.Precision, lowering.Training);
        if (ConvFormulations.Choose(layer, ConvPass.Forward, lowering).Forward(layer, lowering) is { } why)
            return why;
        lowering.OnBackward(backward =>
        {
            if (backward.WantsInputGradient(0))
                ConvFormulations.Choose(layer, ConvPass.BackwardData, backward).BackwardData(layer, backward);
            if (Learns(backward))
                ConvFormulations.Choose(layer, ConvPass.BackwardWeights, backward).BackwardWeights(layer, backward);
        });
        return null;
    }
}
