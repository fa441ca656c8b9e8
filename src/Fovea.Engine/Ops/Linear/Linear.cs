using Fovea.Engine.Backends;

namespace Fovea.Engine.Ops;

/// <summary>
/// A fully connected layer, dst = src * weights^T + bias (PyTorch's Linear, ONNX Gemm, oneDNN inner_product). The input features are inferred from what comes before.
/// </summary>
public sealed partial class Linear : Op
{
    /// <summary>A linear layer.</summary>
    /// <param name="outFeatures">OC, at least 1.</param>
    /// <param name="bias">True adds a learned value per output.</param>
    public Linear(int outFeatures, bool bias = true)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(outFeatures, 1);
        (OutFeatures, HasBias) = (outFeatures, bias);
    }

    /// <summary>OC.</summary>
    public int OutFeatures { get; }

    /// <summary>True with a bias per output.</summary>
    public bool HasBias { get; }

    /// <inheritdoc/>
    public override string Name => "Linear";

    /// <inheritdoc/>
    public override string Details => $"{OutFeatures}";

    /// <inheritdoc/>
    public override TensorShape Infer(IReadOnlyList<TensorShape> inputs) => inputs[0].IsFlat
        ? TensorShape.Flat(OutFeatures)
        : throw new ShapeException($"got an image of {inputs[0]}, expected a vector: put a Flatten before it");

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterSpec> Parameters(IReadOnlyList<TensorShape> inputs)
    {
        TensorShape src = inputs[0];
        ParameterSpec weight = new("weight", [OutFeatures, src.Features], ParameterRole.LinearWeight, src.Features, OutFeatures)
        {
            Columns = src.C > 1 && src.H * src.W > 1 ? src : null,
        };
        return HasBias ? [weight, new ParameterSpec("bias", [OutFeatures], ParameterRole.Bias, src.Features, OutFeatures)] : [weight];
    }

    /// <inheritdoc/>
    public override long Macs(IReadOnlyList<TensorShape> inputs, TensorShape output) => inputs[0].Elements * OutFeatures;
}

/// <summary>Fluent form of <see cref="Linear"/>.</summary>
public static class LinearNode
{
    /// <inheritdoc cref="Ops.Linear"/>
    /// <param name="src">A vector.</param>
    /// <param name="outFeatures">OC.</param>
    /// <param name="bias">True adds a learned value per output.</param>
    /// <param name="name">Name inside the scope; the scope's next number by default.</param>
    public static Node Linear(this Node src, int outFeatures, bool bias = true, string? name = null) => src.Apply(new Linear(outFeatures, bias), name);
}
