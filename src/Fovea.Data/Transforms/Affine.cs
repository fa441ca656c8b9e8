using Fovea.Imaging;

namespace Fovea.Data.Transforms;

/// <summary>
/// <c>affine(D,translate=0,scale=1:1,shear=0,interpolation=nearest,fill=0)</c>: turns clockwise by -D to D (or LOW:HIGH) degrees about the middle, moves by up
/// to the share translate of the width and of the height (0 to 1; X:Y for different ones), zooms by a factor in scale (LOW:HIGH, above 0, at most 1000) and
/// shears along x by -shear to shear (or LOW:HIGH) degrees, below 90; torchvision's RandomAffine. The size stays.
/// </summary>
public sealed class Affine : Transform
{
    private readonly (double Low, double High) _degrees, _scale, _shear;
    private readonly (double X, double Y) _translate;
    private readonly WarpFilter _filter;
    private readonly PixelFill _fill;

    private Affine(TransformArguments arguments)
    {
        _degrees = arguments.Around("degrees", null, 360, position: 0);
        _translate = arguments.Shares("translate");
        _scale = arguments.Range("scale", (1, 1), 1000);
        _shear = arguments.Around("shear", 0, 89.9);
        _filter = arguments.Choice("interpolation", WarpFilter.Nearest, position: -1);
        _fill = arguments.Fill("fill");
    }

    internal static TransformSpec Spec { get; } = new("affine",
        "affine(DEGREES | LOW:HIGH, translate=0, scale=1:1, shear=0, interpolation=nearest, fill=0)", a => new Affine(a));

    /// <inheritdoc/>
    public override bool IsRandom =>
        _degrees.Low < _degrees.High || _scale.Low < _scale.High || _shear.Low < _shear.High || _translate != (0, 0);

    /// <inheritdoc/>
    public override (int Width, int Height)? OutputSize((int Width, int Height)? input) => input;

    /// <inheritdoc/>
    public override bool Apply(Image source, Image target, TransformDraws draws)
    {
        ArgumentNullException.ThrowIfNull(source);
        Warp.Apply(source, target, Map(source.Width, source.Height, draws), _filter, _fill);
        return true;
    }

    /// <summary>The warp that the draws choose for a picture of that size.</summary>
    internal AffineMap Map(int width, int height, TransformDraws draws)
    {
        double Moved(int draw, double most) => most == 0 ? 0 : Math.Round(draws.Between(draw, -most, most));
        return AffineMap.Inverse(
            (width * 0.5, height * 0.5),
            draws.Between(0, _degrees.Low, _degrees.High),
            (Moved(1, _translate.X * width), Moved(2, _translate.Y * height)),
            draws.Between(3, _scale.Low, _scale.High),
            (draws.Between(4, _shear.Low, _shear.High), 0));
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        string text = $"affine({TransformArguments.AroundText(_degrees)}";
        if (_translate != (0, 0))
            text += $",translate={TransformArguments.Text(_translate.X)}{(_translate.X == _translate.Y ? "" : $":{TransformArguments.Text(_translate.Y)}")}";
        if (_scale != (1, 1))
            text += $",scale={TransformArguments.Text(_scale.Low)}:{TransformArguments.Text(_scale.High)}";
        if (_shear != (0, 0))
            text += $",shear={TransformArguments.AroundText(_shear)}";
        return $"{text}{TransformArguments.Text(_filter)}{TransformArguments.Text(_fill)})";
    }
}
