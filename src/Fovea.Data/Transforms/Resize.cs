using Fovea.Imaging;

namespace Fovea.Data.Transforms;

/// <summary>
/// <c>resize(N)</c>: the shorter side becomes N pixels, the longer one follows in proportion, rounded down, as torchvision's Resize(N) does;
/// <c>resize(HEIGHTxWIDTH)</c>: exactly that size. Antialiased, bilinear unless told otherwise.
/// </summary>
public sealed class Resize : Transform
{
    private readonly int _width, _height;
    private readonly bool _shorterSide;
    private readonly Interpolation _interpolation;

    private Resize(TransformArguments arguments)
    {
        (_width, _height, _shorterSide) = arguments.SizeOrSide();
        _interpolation = arguments.Choice("interpolation", Interpolation.Bilinear, position: 1);
    }

    internal static TransformSpec Spec { get; } = new("resize", "resize(SHORTER_SIDE | HEIGHTxWIDTH, interpolation=bilinear)", a => new Resize(a));

    /// <inheritdoc/>
    public override (int Width, int Height)? OutputSize((int Width, int Height)? input) =>
        !_shorterSide ? (_width, _height) : input is { } size ? Scaled(size.Width, size.Height) : null;

    /// <inheritdoc/>
    public override bool Apply(Image source, Image target, TransformDraws draws)
    {
        ArgumentNullException.ThrowIfNull(source);
        (int width, int height) = _shorterSide ? Scaled(source.Width, source.Height) : (_width, _height);
        if (width == source.Width && height == source.Height)
            return false;
        if ((long)width * height > ReadOptions.DefaultMaxPixels)
            throw new ImageException($"'{this}' would make {width}x{height} pixels of this picture of {source.Width}x{source.Height}, more than "
                + "the limit of "
                + $"{ReadOptions.DefaultMaxPixels}; leave the picture out, or crop it first.");
        Resampler.Resize(source, target, width, height, _interpolation);
        return true;
    }

    /// <summary>
    /// Twice the result's size: where a JPEG is that much larger, antialiasing averages over two pixels or more of what is decoded, and decoding at a smaller
    /// scale shows little. Nearest-neighbour resizing picks single pixels, so it gets a full decode.
    /// </summary>
    public override (int Width, int Height)? LeastSize(int width, int height, TransformDraws draws)
    {
        if (_interpolation == Interpolation.Nearest)
            return null;
        (int w, int h) = _shorterSide ? Scaled(width, height) : (_width, _height);
        return ((int)Math.Min(width, 2L * w), (int)Math.Min(height, 2L * h));
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        string size = _shorterSide ? $"{_width}" : $"{_height}x{_width}";
        return _interpolation == Interpolation.Bilinear ? $"resize({size})" : $"resize({size},{_interpolation.ToString().ToLowerInvariant()})";
    }

    // torchvision: new_long = int(size * long / short).
    private (int Width, int Height) Scaled(int width, int height) => width <= height
        ? (_width, (int)Math.Min((long)_width * height / width, int.MaxValue))
        : ((int)Math.Min((long)_width * width / height, int.MaxValue), _width);
}
