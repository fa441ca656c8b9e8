using Fovea.Engine.Planning;
using Fovea.Kernels;

namespace Fovea.Engine.Ops;

/// <summary>Fovea's own Winograd kernels, F(2x2, 5x5): docs/decisions/0006.</summary>
internal sealed class WinogradConvolution : ConvFormulation
{
    public override string Name => "winograd-f2x5";

    public override bool Applies(ConvCase layer, ConvPass pass) => layer.Precision == Precision.Float32 && WinogradConv5x5.Applies(layer.Shape);

    public override string? Forward(ConvCase layer, Lowering lowering)
    {
        Conv2d.ForwardWinograd(layer, lowering);
        return null;
    }

    public override void BackwardData(ConvCase layer, BackwardLowering backward) => Conv2d.BackwardDataWinograd(layer, backward);

    public override void BackwardWeights(ConvCase layer, BackwardLowering backward) => Conv2d.BackwardWeightsWinograd(layer, backward);
}
