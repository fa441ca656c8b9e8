using Fovea.Engine.Backends;

namespace Fovea.Engine.Ops;

/// <summary>
/// x * Phi(x), with Phi the integral of the normal distribution (Hendrycks and Gimpel 2016, "Gaussian error linear units", section 2; PyTorch's GELU in its exact
/// form, ONNX Gelu, oneDNN eltwise_gelu_erf). Its gradient cannot be had from the result, so the argument is kept.
/// </summary>
public sealed partial class GELU : Op
{
    /// <inheritdoc/>
    public override string Name => "GELU";

    /// <inheritdoc/>
    public override TensorShape Infer(IReadOnlyList<TensorShape> inputs) => inputs[0];
}

/// <summary>Fluent form of <see cref="GELU"/>.</summary>
public static class GELUNode
{
    /// <inheritdoc cref="Ops.GELU"/>
    public static Node GELU(this Node src) => src.Apply(new GELU());
}
