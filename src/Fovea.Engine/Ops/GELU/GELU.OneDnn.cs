using Fovea.Engine.Backends;
using Fovea.Engine.Planning;
using Fovea.OneDnn;

namespace Fovea.Engine.Ops;

public sealed partial class GELU
{
    /// <inheritdoc/>
    public override string? LowerOneDnn(Lowering lowering, OneDnnBackend oneDnn)
    {
        Layout layout = lowering.Input(0).Layout;
        if (Eltwise.Forward(lowering, oneDnn, EltwiseAlgorithm.GeluErf) is { } declined)
            return declined;
        lowering.OnBackward(backward => Eltwise.Backward(this, backward, oneDnn, EltwiseAlgorithm.GeluErf, Arg.Src, layout));
        return null;
    }
}
