using Fovea.OneDnn;

namespace Fovea.Engine.Ops;

/// <summary>The largest value of each window (PyTorch's MaxPool2d, ONNX MaxPool, oneDNN pooling_max). Padding never wins.</summary>
/// <param name="kernel">KH and KW.</param>
/// <param name="stride">Vertical and horizontal stride.</param>
/// <param name="padding">Around the image.</param>
/// <param name="rounding">What happens to a last, incomplete stride.</param>
public sealed partial class MaxPool2d((int H, int W) kernel, (int H, int W) stride, Padding padding = default, Rounding rounding = Rounding.Down)
    : Pool2d(kernel, stride, padding, rounding)
{
    /// <inheritdoc/>
    public override string Name => "MaxPool2d";

    private protected override PoolAlgorithm Algorithm => PoolAlgorithm.Max;
}

/// <summary>Fluent form of <see cref="MaxPool2d"/>.</summary>
public static class MaxPool2dNode
{
    /// <inheritdoc cref="Ops.MaxPool2d"/>
    /// <param name="src">The image.</param>
    /// <param name="kernel">KH = KW.</param>
    /// <param name="stride">Stride in both directions.</param>
    /// <param name="padding">Around the image.</param>
    /// <param name="rounding">What happens to a last, incomplete stride.</param>
    public static Node MaxPool2d(this Node src, int kernel, int stride, Padding padding = default, Rounding rounding = Rounding.Down) =>
        src.Apply(new MaxPool2d((kernel, kernel), (stride, stride), padding, rounding));
}
