using Fovea.Kernels;
using Fovea.OneDnn;

namespace Fovea.Engine.Ops;

/// <summary>1 / (1 + exp(-x)) (PyTorch's Sigmoid, ONNX Sigmoid, oneDNN eltwise_logistic).</summary>
public sealed class Sigmoid : Activation
{
    /// <inheritdoc/>
    public override string Name => "Sigmoid";

    /// <inheritdoc/>
    protected override EltwiseAlgorithm OneDnnForward => EltwiseAlgorithm.Logistic;

    /// <inheritdoc/>
    protected override EltwiseAlgorithm OneDnnBackward => EltwiseAlgorithm.LogisticUseDst;

    /// <inheritdoc/>
    protected override void Forward(WorkerTeam team, ReadOnlySpan<float> src, Span<float> dst) => Elementwise.SigmoidForward(team, src, dst);

    /// <inheritdoc/>
    protected override void Backward(WorkerTeam team, ReadOnlySpan<float> dst, ReadOnlySpan<float> diffDst, Span<float> diffSrc) =>
        Elementwise.SigmoidBackward(team, dst, diffDst, diffSrc);
}

/// <summary>Fluent form of <see cref="Sigmoid"/>.</summary>
public static class SigmoidNode
{
    /// <inheritdoc cref="Ops.Sigmoid"/>
    public static Node Sigmoid(this Node src) => src.Apply(new Sigmoid());
}
