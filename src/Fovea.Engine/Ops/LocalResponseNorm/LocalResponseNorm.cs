using Fovea.Engine.Backends;

namespace Fovea.Engine.Ops;

/// <summary>
/// Local response normalisation across channels: dst = src / (k + alpha / size * sum of src^2 over <c>size</c> neighbouring channels)^beta
/// (Krizhevsky et al. 2012, section 3.3; PyTorch's LocalResponseNorm, ONNX LRN, oneDNN lrn_across_channels).
/// </summary>
public sealed partial class LocalResponseNorm : Op
{
    /// <summary>A normalisation.</summary>
    /// <param name="size">Neighbouring channels in the sum, at least 1.</param>
    /// <param name="alpha">Weight of the sum; 1e-4 in the paper.</param>
    /// <param name="beta">Exponent; 0.75 in the paper.</param>
    /// <param name="k">What is added; 2 in the paper, 1 in PyTorch's default.</param>
    /// <param name="paperAlpha">True takes alpha as the paper's formula has it, not divided by <paramref name="size"/>.</param>
    public LocalResponseNorm(int size, float alpha = 1e-4f, float beta = 0.75f, float k = 1f, bool paperAlpha = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        (Size, Alpha, Beta, K) = (size, paperAlpha ? alpha * size : alpha, beta, k);
    }

    /// <summary>Neighbouring channels in the sum.</summary>
    public int Size { get; }

    /// <summary>Weight of the mean of squares, in PyTorch's form: it is divided by <see cref="Size"/>.</summary>
    public float Alpha { get; }

    /// <summary>Exponent.</summary>
    public float Beta { get; }

    /// <summary>What is added.</summary>
    public float K { get; }

    /// <inheritdoc/>
    public override string Name => "LocalResponseNorm";

    /// <inheritdoc/>
    public override string Details => FormattableString.Invariant($"{Size}, alpha {Alpha}, beta {Beta}, k {K}");

    /// <inheritdoc/>
    public override TensorShape Infer(IReadOnlyList<TensorShape> inputs) => inputs[0].IsFlat
        ? throw new ShapeException($"got a vector of {inputs[0]} features, expected an image (channels x height x width)")
        : inputs[0];
}

/// <summary>Fluent form of <see cref="LocalResponseNorm"/>.</summary>
public static class LocalResponseNormNode
{
    /// <inheritdoc cref="Ops.LocalResponseNorm(int, float, float, float, bool)"/>
    public static Node LocalResponseNorm(this Node src, int size, float alpha = 1e-4f, float beta = 0.75f, float k = 1f, bool paperAlpha = false) =>
        src.Apply(new LocalResponseNorm(size, alpha, beta, k, paperAlpha));
}
