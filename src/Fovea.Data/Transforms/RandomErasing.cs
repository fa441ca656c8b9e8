using Fovea.Imaging;

namespace Fovea.Data.Transforms;

/// <summary>
/// <c>random-erasing</c> or <c>random-erasing(p=0.5,scale=0.02:0.33,ratio=0.3:3.3,fill=0)</c>: with probability p fills a rectangle of random area (a share of the
/// picture's, at most 1), ratio of height to width and place; torchvision's RandomErasing: ten tries, then the picture stays.
/// </summary>
/// <remarks>
/// torchvision erases after normalisation, where 0 is the data's mean colour. Here the picture still has bytes, so the default 0 is black; the mean of
/// ImageNet's pictures is <c>fill=124:116:104</c>.
/// </remarks>
public sealed class RandomErasing : Transform
{
    private const double DefaultProbability = 0.5;
    private const int PlaceDraw = 21;
    private static readonly (double, double) DefaultScale = (0.02, 0.33), DefaultRatio = (0.3, 3.3);
    private readonly double _probability;
    private readonly (double Low, double High) _scale, _ratio;
    private readonly PixelFill _fill;

    private RandomErasing(TransformArguments arguments)
    {
        _probability = arguments.Number("p", DefaultProbability, 0, 1, position: 0);
        _scale = arguments.Range("scale", DefaultScale, 1);
        _ratio = arguments.Range("ratio", DefaultRatio, 1000);
        _fill = arguments.Fill("fill");
    }

    internal static TransformSpec Spec { get; } =
        new("random-erasing", "random-erasing(p=0.5, scale=0.02:0.33, ratio=0.3:3.3, fill=0)", a => new RandomErasing(a));

    /// <inheritdoc/>
    public override bool IsRandom => _probability > 0;

    /// <inheritdoc/>
    public override (int Width, int Height)? OutputSize((int Width, int Height)? input) => input;

    /// <inheritdoc/>
    public override bool Apply(Image source, Image target, TransformDraws draws)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (Part(source.Width, source.Height, draws) is { } part)
        {
            for (int y = part.Y; y < part.Y + part.Height; y++)
                _fill.Over(source.Row(y).Slice(part.X * source.Channels, part.Width * source.Channels), source.Channels);
        }
        return false;
    }

    /// <summary>The rectangle that the draws choose, or null for none.</summary>
    internal (int X, int Y, int Width, int Height)? Part(int width, int height, TransformDraws draws)
    {
        if (!(draws.Between(0, 0, 1) < _probability))
            return null;
        double area = (double)width * height;
        for (int attempt = 0; attempt < 10; attempt++)
        {
            double erased = area * draws.Between(1 + 2 * attempt, _scale.Low, _scale.High);
            double ratio = Math.Exp(draws.Between(2 + 2 * attempt, Math.Log(_ratio.Low), Math.Log(_ratio.High)));
            int h = (int)Math.Round(Math.Sqrt(erased * ratio)), w = (int)Math.Round(Math.Sqrt(erased / ratio));
            if (h < height && w < width)
                return (draws.Below(PlaceDraw, width - w + 1), draws.Below(PlaceDraw + 1, height - h + 1), w, h);
        }
        return null;
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        string text = "";
        if (_probability != DefaultProbability)
            text += $",p={TransformArguments.Text(_probability)}";
        if (_scale != DefaultScale)
            text += $",scale={TransformArguments.Text(_scale.Low)}:{TransformArguments.Text(_scale.High)}";
        if (_ratio != DefaultRatio)
            text += $",ratio={TransformArguments.Text(_ratio.Low)}:{TransformArguments.Text(_ratio.High)}";
        text += TransformArguments.Text(_fill);
        return text.Length == 0 ? "random-erasing" : $"random-erasing({text[1..]})";
    }
}
