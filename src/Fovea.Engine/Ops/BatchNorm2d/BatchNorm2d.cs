using Fovea.Engine.Backends;

namespace Fovea.Engine.Ops;

/// <summary>
/// Batch normalisation per channel (Ioffe and Szegedy 2015; PyTorch's BatchNorm2d, ONNX BatchNormalization, oneDNN batch_normalization): in training with the
/// batch's mean and variance, which also move the running ones; in inference with the running ones.
/// </summary>
public sealed partial class BatchNorm2d : Op
{
    /// <summary>A normalisation.</summary>
    /// <param name="epsilon">Added to the variance, above 0.</param>
    /// <param name="momentum">Share of the batch in the running statistics, 0 to 1.</param>
    /// <param name="recompute">
    /// True computes the result (with a ReLU behind it) again in the backward pass instead of keeping it: one more pass over memory for that much less of it. What
    /// reads a chain of concatenations is recomputed always, since keeping it would take the square of the chain's length.
    /// </param>
    /// <param name="learnScale">False leaves the factor of every channel at one; it stays a parameter, so that the keys are PyTorch's.</param>
    public BatchNorm2d(float epsilon = 1e-5f, float momentum = 0.1f, bool recompute = false, bool learnScale = true)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(epsilon);
        ArgumentOutOfRangeException.ThrowIfNegative(momentum);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(momentum, 1f);
        (Epsilon, Momentum, Recompute, LearnsScale) = (epsilon, momentum, recompute, learnScale);
    }

    /// <summary>Added to the variance.</summary>
    public float Epsilon { get; }

    /// <summary>Share of the batch in the running statistics.</summary>
    public float Momentum { get; }

    /// <summary>True where training computes the result again in the backward pass instead of keeping it.</summary>
    public bool Recompute { get; }

    /// <summary>False where the factors stay one.</summary>
    public bool LearnsScale { get; }

    /// <inheritdoc/>
    public override string Name => "BatchNorm2d";

    /// <inheritdoc/>
    public override TensorShape Infer(IReadOnlyList<TensorShape> inputs) => inputs[0].IsFlat
        ? throw new ShapeException($"got a vector of {inputs[0]} features, expected an image (channels x height x width)")
        : inputs[0];

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterSpec> Parameters(IReadOnlyList<TensorShape> inputs)
    {
        int c = inputs[0].C;
        return
        [
            new ParameterSpec("weight", [c], ParameterRole.NormScale, c, c) { IsFixed = !LearnsScale },
            new ParameterSpec("bias", [c], ParameterRole.NormShift, c, c),
            new ParameterSpec("running_mean", [c], ParameterRole.RunningMean, c, c),
            new ParameterSpec("running_var", [c], ParameterRole.RunningVariance, c, c),
        ];
    }
}

/// <summary>Fluent form of <see cref="BatchNorm2d"/>.</summary>
public static class BatchNorm2dNode
{
    /// <inheritdoc cref="Ops.BatchNorm2d(float, float, bool, bool)"/>
    /// <param name="src">The image.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="momentum">Share of the batch in the running statistics.</param>
    /// <param name="name">Name inside the scope; the scope's next number by default.</param>
    /// <param name="recompute">True does not keep the result for the backward pass.</param>
    /// <param name="learnScale">False leaves the factors at one.</param>
    public static Node BatchNorm2d(
        this Node src, float epsilon = 1e-5f, float momentum = 0.1f, string? name = null, bool recompute = false, bool learnScale = true) =>
        src.Apply(new BatchNorm2d(epsilon, momentum, recompute, learnScale), name);
}
