using Fovea.Imaging;

namespace Fovea.Data.Transforms;

/// <summary>
/// <c>pad(N)</c> or <c>pad(N,fill=F)</c>: a border of N pixels (0 to 4096) with the value F (0 to 255, default 0) in every channel; torchvision's
/// Pad.
/// </summary>
public sealed class Pad : Transform
{
    private readonly int _border;
    private readonly byte _fill;

    private Pad(TransformArguments arguments)
    {
        _border = arguments.Integer("padding", null, 0, 4096, position: 0);
        _fill = (byte)arguments.Integer("fill", 0, 0, 255);
    }

    internal static TransformSpec Spec { get; } = new("pad", "pad(PADDING, fill=0)", a => new Pad(a));

    /// <inheritdoc/>
    public override (int Width, int Height)? OutputSize((int Width, int Height)? input) =>
        input is { } size ? (size.Width + 2 * _border, size.Height + 2 * _border) : null;

    /// <inheritdoc/>
    public override bool Apply(Image source, Image target, TransformDraws draws)
    {
        Geometry.Pad(source, target, _border, _border, _border, _border, _fill);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => _fill == 0 ? $"pad({_border})" : $"pad({_border},fill={_fill})";
}
