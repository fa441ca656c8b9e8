using Fovea.Imaging;

namespace Fovea.Data.Transforms;

/// <summary><c>hflip</c> or <c>hflip(p=0.5)</c>: mirrors left and right with probability p, 0 to 1; torchvision's RandomHorizontalFlip.</summary>
public sealed class HorizontalFlip : Transform
{
    private readonly double _probability;

    private HorizontalFlip(TransformArguments arguments) => _probability = arguments.Number("p", 0.5, 0, 1, position: 0);

    internal static TransformSpec Spec { get; } = new("hflip", "hflip(p=0.5)", a => new HorizontalFlip(a));

    /// <inheritdoc/>
    public override bool IsRandom => _probability is > 0 and < 1;

    /// <inheritdoc/>
    public override (int Width, int Height)? OutputSize((int Width, int Height)? input) => input;

    /// <inheritdoc/>
    public override bool Apply(Image source, Image target, TransformDraws draws)
    {
        if (draws.Between(0, 0, 1) < _probability)
            Geometry.FlipHorizontal(source);
        return false;
    }

    /// <inheritdoc/>
    public override string ToString() => _probability == 0.5 ? "hflip" : $"hflip(p={TransformArguments.Text(_probability)})";
}
