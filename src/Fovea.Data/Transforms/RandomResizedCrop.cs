using Fovea.Imaging;

namespace Fovea.Data.Transforms;

/// <summary>
/// <c>random-resized-crop(N,scale=0.08:1,ratio=0.75:1.3333333333333333,interpolation=bilinear)</c>: a random part of the picture, of random area and
/// aspect ratio, resized to N x N
/// (or HEIGHTxWIDTH). The algorithm is torchvision's RandomResizedCrop: ten tries, then the largest centred part within the range of ratios.
/// </summary>
public sealed class RandomResizedCrop : Transform
{
    private static readonly (double, double) DefaultScale = (0.08, 1), DefaultRatio = (3.0 / 4, 4.0 / 3);
    private readonly int _width, _height;
    private readonly (double Low, double High) _scale, _ratio;
    private readonly Interpolation _interpolation;

    private RandomResizedCrop(TransformArguments arguments)
    {
        (_width, _height) = arguments.Size();
        _scale = arguments.Range("scale", DefaultScale, 1);
        _ratio = arguments.Range("ratio", DefaultRatio, 1000);
        _interpolation = arguments.Choice("interpolation", Interpolation.Bilinear, position: -1);
    }

    internal static TransformSpec Spec { get; } = new("random-resized-crop",
        "random-resized-crop(SIZE | HEIGHTxWIDTH, scale=0.08:1, ratio=0.75:1.3333333333333333, "
            + "interpolation=bilinear)", a => new RandomResizedCrop(a));

    /// <inheritdoc/>
    public override bool IsRandom => true;

    /// <inheritdoc/>
    public override (int Width, int Height)? OutputSize((int Width, int Height)? input) => (_width, _height);

    /// <inheritdoc/>
    public override bool Apply(Image source, Image target, TransformDraws draws)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(target);
        (int x, int y, int width, int height) = Part(source.Width, source.Height, draws);
        if (width == source.Width && height == source.Height)
        {
            Resampler.Resize(source, target, _width, _height, _interpolation);
            return true;
        }
        // Cut first, as torchvision does: resizing a box inside the picture would let the filter look past the box's edges.
        Geometry.Crop(source, target, x, y, width, height);
        if (width == _width && height == _height)
            return true;
        Resampler.Resize(target, source, _width, _height, _interpolation);
        return false;
    }

    /// <inheritdoc/>
    public override (int Width, int Height)? LeastSize(int width, int height, TransformDraws draws)
    {
        (_, _, int partWidth, int partHeight) = Part(width, height, draws);
        return (Needed(width, _width, partWidth), Needed(height, _height, partHeight));
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        string text = $"random-resized-crop({Window.SizeText(_width, _height)}";
        if (_scale != DefaultScale)
            text += $",scale={TransformArguments.Text(_scale.Low)}:{TransformArguments.Text(_scale.High)}";
        if (_ratio != DefaultRatio)
            text += $",ratio={TransformArguments.Text(_ratio.Low)}:{TransformArguments.Text(_ratio.High)}";
        if (_interpolation != Interpolation.Bilinear)
            text += $",interpolation={_interpolation.ToString().ToLowerInvariant()}";
        return text + ")";
    }

    /// <summary>The part of a picture of that size which the draws choose.</summary>
    internal (int X, int Y, int Width, int Height) Part(int width, int height, TransformDraws draws)
    {
        double area = (double)width * height;
        for (int attempt = 0; attempt < 10; attempt++)
        {
            double target = area * draws.Between(2 * attempt, _scale.Low, _scale.High);
            double ratio = Math.Exp(draws.Between(2 * attempt + 1, Math.Log(_ratio.Low), Math.Log(_ratio.High)));
            int w = (int)Math.Round(Math.Sqrt(target * ratio)), h = (int)Math.Round(Math.Sqrt(target / ratio));
            if (w > 0 && w <= width && h > 0 && h <= height)
                return (draws.Below(20, width - w + 1), draws.Below(21, height - h + 1), w, h);
        }
        double natural = (double)width / height;
        int cw = width, ch = height;
        if (natural < _ratio.Low)
            ch = Math.Clamp((int)Math.Round(width / _ratio.Low), 1, height);
        else if (natural > _ratio.High)
            cw = Math.Clamp((int)Math.Round(height * _ratio.High), 1, width);
        return ((width - cw) / 2, (height - ch) / 2, cw, ch);
    }

    // The side at which the part still has as many pixels as the result needs.
    private static int Needed(int side, int result, int part) => (int)Math.Min(side, ((long)side * result + part - 1) / part);
}
