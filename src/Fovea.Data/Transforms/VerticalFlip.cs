using Fovea.Imaging;

namespace Fovea.Data.Transforms;

/// <summary><c>vflip</c> or <c>vflip(p=0.5)</c>: mirrors top and bottom with probability p, 0 to 1; torchvision's RandomVerticalFlip.</summary>
public sealed class VerticalFlip : Transform
{
    private readonly double _probability;

    private VerticalFlip(TransformArguments arguments) => _probability = arguments.Number("p", 0.5, 0, 1, position: 0);

    internal static TransformSpec Spec { get; } = new("vflip", "vflip(p=0.5)", a => new VerticalFlip(a));

    /// <inheritdoc/>
    public override bool IsRandom => _probability is > 0 and < 1;

    /// <inheritdoc/>
    public override (int Width, int Height)? OutputSize((int Width, int Height)? input) => input;

    /// <inheritdoc/>
    public override bool Apply(Image source, Image target, TransformDraws draws)
    {
        if (draws.Between(0, 0, 1) < _probability)
            Geometry.FlipVertical(source);
        return false;
    }

    /// <inheritdoc/>
    public override string ToString() => _probability == 0.5 ? "vflip" : $"vflip(p={TransformArguments.Text(_probability)})";
}
