using Fovea.Kernels;
using Fovea.OneDnn;

namespace Fovea.Engine.Ops;

/// <summary>max(0, x) (PyTorch's ReLU, ONNX Relu, oneDNN eltwise_relu). A convolution or a linear layer before it takes it into its own kernel.</summary>
public sealed class ReLU : Activation
{
    /// <inheritdoc/>
    public override string Name => "ReLU";

    /// <inheritdoc/>
    protected override EltwiseAlgorithm OneDnnForward => EltwiseAlgorithm.Relu;

    /// <inheritdoc/>
    protected override EltwiseAlgorithm OneDnnBackward => EltwiseAlgorithm.ReluUseDst;

    /// <inheritdoc/>
    protected override void Forward(WorkerTeam team, ReadOnlySpan<float> src, Span<float> dst) => Elementwise.ReluForward(team, src, dst);

    /// <inheritdoc/>
    protected override void Backward(WorkerTeam team, ReadOnlySpan<float> dst, ReadOnlySpan<float> diffDst, Span<float> diffSrc) =>
        Elementwise.ReluBackward(team, dst, diffDst, diffSrc);
}

/// <summary>Fluent form of <see cref="ReLU"/>.</summary>
public static class ReLUNode
{
    /// <inheritdoc cref="Ops.ReLU"/>
    public static Node ReLU(this Node src) => src.Apply(new ReLU());
}
