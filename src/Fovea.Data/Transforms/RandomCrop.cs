using Fovea.Imaging;
using Fovea.Kernels;

namespace Fovea.Data.Transforms;

/// <summary>
/// <c>random-crop(N,padding=P)</c> or <c>random-crop(HEIGHTxWIDTH,padding=P)</c>: a window of that size at a random place of the picture with a border of P pixels
/// (default 0) around it, black, or with <c>mode=reflect</c> the picture mirrored at its outermost pixels; torchvision's RandomCrop with its padding_mode.
/// </summary>
public sealed class RandomCrop : Transform
{
    private readonly int _width, _height, _padding;
    private readonly PaddingMode _mode;

    private RandomCrop(TransformArguments arguments)
    {
        (_width, _height) = arguments.Size();
        _padding = arguments.Integer("padding", 0, 0, 4096);
        _mode = arguments.Choice("mode", PaddingMode.Constant, position: -1);
    }

    internal static TransformSpec Spec { get; } = new("random-crop", "random-crop(SIZE | HEIGHTxWIDTH, padding=0, mode=constant|reflect)", a => new RandomCrop(a));

    /// <inheritdoc/>
    public override bool IsRandom => true;

    /// <inheritdoc/>
    public override (int Width, int Height)? OutputSize((int Width, int Height)? input) =>
        input is { } size && (size.Width + 2 * _padding < _width || size.Height + 2 * _padding < _height)
            ? throw TooSmall(size.Width, size.Height)
            : (_width, _height);

    /// <inheritdoc/>
    public override bool Apply(Image source, Image target, TransformDraws draws)
    {
        ArgumentNullException.ThrowIfNull(source);
        int freeX = source.Width + 2 * _padding - _width, freeY = source.Height + 2 * _padding - _height;
        if (freeX < 0 || freeY < 0)
            throw TooSmall(source.Width, source.Height);
        (int x, int y) = (draws.Below(0, freeX + 1) - _padding, draws.Below(1, freeY + 1) - _padding);
        if (_mode == PaddingMode.Constant)
            Window.Cut(source, target, x, y, _width, _height);
        else if (_padding < Math.Min(source.Width, source.Height))
            Window.CutMirrored(source, target, x, y, _width, _height);
        else
            throw new FoveaException($"Transform '{this}': a picture of {source.Height}x{source.Width} (height x width) has no {_padding} pixels to mirror into its border. Make padding smaller.");
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"random-crop({Window.SizeText(_width, _height)}{(_padding == 0 ? "" : $",padding={_padding}")}{(_mode == PaddingMode.Reflect ? ",mode=reflect" : "")})";

    private FoveaException TooSmall(int width, int height) => new(
        $"Transform '{this}': a window of {_height}x{_width} (height x width) does not fit into a picture of {height}x{width} with a border of "
            + $"{_padding}. "
        + "Put a resize before it, raise padding, or make the window smaller.");
}

/// <summary>What lies in a border around a picture.</summary>
internal enum PaddingMode
{
    /// <summary>Black.</summary>
    Constant,

    /// <summary>The picture, mirrored at its outermost row and column, which are not repeated.</summary>
    Reflect,
}
