using Fovea.Imaging;

namespace Fovea.Data.Transforms;

/// <summary>
/// <c>rotate(D)</c> or <c>rotate(LOW:HIGH,interpolation=nearest,fill=0)</c>: turns by an angle drawn from -D to D (or LOW to HIGH) degrees, counter-clockwise,
/// about the middle; the size stays. Angles from -360 to 360; LOW = HIGH turns always by that. Interpolation nearest or bilinear; torchvision's RandomRotation.
/// </summary>
public sealed class Rotate : Transform
{
    private readonly (double Low, double High) _degrees;
    private readonly WarpFilter _filter;
    private readonly PixelFill _fill;

    private Rotate(TransformArguments arguments)
    {
        _degrees = arguments.Around("degrees", null, 360, position: 0);
        _filter = arguments.Choice("interpolation", WarpFilter.Nearest, position: -1);
        _fill = arguments.Fill("fill");
    }

    internal static TransformSpec Spec { get; } =
        new("rotate", "rotate(DEGREES | LOW:HIGH, interpolation=nearest, fill=0)", a => new Rotate(a));

    /// <inheritdoc/>
    public override bool IsRandom => _degrees.Low < _degrees.High;

    /// <inheritdoc/>
    public override (int Width, int Height)? OutputSize((int Width, int Height)? input) => input;

    /// <inheritdoc/>
    public override bool Apply(Image source, Image target, TransformDraws draws)
    {
        Warp.Rotate(source, target, draws.Between(0, _degrees.Low, _degrees.High), _filter, _fill);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"rotate({TransformArguments.AroundText(_degrees)}{TransformArguments.Text(_filter)}{TransformArguments.Text(_fill)})";
}
