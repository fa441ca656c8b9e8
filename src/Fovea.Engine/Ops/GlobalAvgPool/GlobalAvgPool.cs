using Fovea.Engine.Backends;
using Fovea.Engine.Planning;

namespace Fovea.Engine.Ops;

/// <summary>The mean of each channel, C x 1 x 1 (NiN section 3.2; PyTorch's AdaptiveAvgPool2d(1), ONNX GlobalAveragePool): takes an image of any size.</summary>
public sealed class GlobalAvgPool : Op
{
    /// <inheritdoc/>
    public override string Name => "GlobalAvgPool";

    /// <inheritdoc/>
    public override (Window Vertical, Window Horizontal)? Windows(TensorShape input) => (new Window(input.H, 1, 0, 0), new Window(input.W, 1, 0, 0));

    /// <inheritdoc/>
    public override TensorShape Infer(IReadOnlyList<TensorShape> inputs) => inputs[0].IsFlat
        ? throw new ShapeException($"got a vector of {inputs[0]} features, expected an image (channels x height x width)")
        : new TensorShape(inputs[0].C, 1, 1);

    /// <inheritdoc/>
    public override void LowerManaged(Lowering lowering) => Average(lowering.InputShape(0)).LowerManaged(lowering);

    /// <inheritdoc/>
    public override string? LowerOneDnn(Lowering lowering, OneDnnBackend oneDnn) => Average(lowering.InputShape(0)).LowerOneDnn(lowering, oneDnn);

    /// <summary>It is average pooling with a window as large as the image.</summary>
    private static AvgPool2d Average(TensorShape src) => new((src.H, src.W), (1, 1));
}

/// <summary>Fluent form of <see cref="GlobalAvgPool"/>.</summary>
public static class GlobalAvgPoolNode
{
    /// <inheritdoc cref="Ops.GlobalAvgPool"/>
    public static Node GlobalAvgPool(this Node src) => src.Apply(new GlobalAvgPool());
}
