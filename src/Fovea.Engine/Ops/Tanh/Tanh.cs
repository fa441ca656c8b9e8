using Fovea.Kernels;
using Fovea.OneDnn;

namespace Fovea.Engine.Ops;

/// <summary>Hyperbolic tangent (PyTorch's Tanh, ONNX Tanh, oneDNN eltwise_tanh).</summary>
public sealed class Tanh : Activation
{
    /// <inheritdoc/>
    public override string Name => "Tanh";

    /// <inheritdoc/>
    protected override EltwiseAlgorithm OneDnnForward => EltwiseAlgorithm.Tanh;

    /// <inheritdoc/>
    protected override EltwiseAlgorithm OneDnnBackward => EltwiseAlgorithm.TanhUseDst;

    /// <inheritdoc/>
    protected override void Forward(WorkerTeam team, ReadOnlySpan<float> src, Span<float> dst) => Elementwise.TanhForward(team, src, dst);

    /// <inheritdoc/>
    protected override void Backward(WorkerTeam team, ReadOnlySpan<float> dst, ReadOnlySpan<float> diffDst, Span<float> diffSrc) =>
        Elementwise.TanhBackward(team, dst, diffDst, diffSrc);
}

/// <summary>Fluent form of <see cref="Tanh"/>.</summary>
public static class TanhNode
{
    /// <inheritdoc cref="Ops.Tanh"/>
    public static Node Tanh(this Node src) => src.Apply(new Tanh());
}
