using Fovea.OneDnn;

namespace Fovea.Engine.Ops;

/// <summary>The mean of each window (PyTorch's AvgPool2d, ONNX AveragePool, oneDNN pooling_avg_include_padding and pooling_avg_exclude_padding).</summary>
/// <param name="kernel">KH and KW.</param>
/// <param name="stride">Vertical and horizontal stride.</param>
/// <param name="padding">Zeros around the image.</param>
/// <param name="rounding">What happens to a last, incomplete stride.</param>
/// <param name="countIncludePadding">True (PyTorch's default) divides by the window with its padding, false by the pixels of the image in it.</param>
public sealed partial class AvgPool2d(
    (int H, int W) kernel, (int H, int W) stride, Padding padding = default, Rounding rounding = Rounding.Down, bool countIncludePadding = true)
    : Pool2d(kernel, stride, padding, rounding)
{
    /// <summary>True where padding counts in the divisor.</summary>
    public bool CountIncludePadding => countIncludePadding;

    /// <inheritdoc/>
    public override string Name => "AvgPool2d";

    /// <inheritdoc/>
    public override bool IsMean => Algorithm == PoolAlgorithm.AvgExcludePadding;

    // Without padding the two agree, and excluding also gives PyTorch's divisor for a window that is rounded up past the image's edge.
    private protected override PoolAlgorithm Algorithm => countIncludePadding && !Padding.IsZero ? PoolAlgorithm.AvgIncludePadding : PoolAlgorithm.AvgExcludePadding;
}

/// <summary>Fluent form of <see cref="AvgPool2d"/>.</summary>
public static class AvgPool2dNode
{
    /// <inheritdoc cref="Ops.AvgPool2d"/>
    /// <param name="src">The image.</param>
    /// <param name="kernel">KH = KW.</param>
    /// <param name="stride">Stride in both directions.</param>
    /// <param name="padding">Zeros around the image.</param>
    /// <param name="rounding">What happens to a last, incomplete stride.</param>
    /// <param name="countIncludePadding">True where padding counts in the divisor.</param>
    public static Node AvgPool2d(
        this Node src, int kernel, int stride, Padding padding = default, Rounding rounding = Rounding.Down, bool countIncludePadding = true) =>
        src.Apply(new AvgPool2d((kernel, kernel), (stride, stride), padding, rounding, countIncludePadding));
}
