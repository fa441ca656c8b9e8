namespace Fovea.Engine.Ops;

/// <summary>Shape inference that convolutions and pooling share.</summary>
internal static class WindowShape
{
    /// <summary>The output of sliding windows over an image.</summary>
    /// <exception cref="ShapeException">The window does not fit once.</exception>
    public static TensorShape Infer(TensorShape src, (Window Vertical, Window Horizontal) windows, int channels)
    {
        if (src.IsFlat)
            throw new ShapeException($"got a vector of {src} features, expected an image (channels x height x width)");
        (int h, int w) = (windows.Vertical.Output(src.H), windows.Horizontal.Output(src.W));
        if (h < 1 || w < 1)
        {
            throw new ShapeException(
                $"got an image of {src.H}x{src.W} pixels, which its {windows.Vertical.F}x{windows.Horizontal.F} window with padding " +
                $"{new Padding(windows.Vertical.P1, windows.Vertical.P2, windows.Horizontal.P1, windows.Horizontal.P2)} does not fit into");
        }
        return new TensorShape(channels, h, w);
    }
}
