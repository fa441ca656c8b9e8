using Fovea.Imaging;

namespace Fovea.Data.Transforms;

/// <summary>
/// <c>rand-augment</c> or <c>rand-augment(N,M,interpolation=nearest,fill=0)</c>: N operations (1 to 16, default 2) drawn from fourteen, each at magnitude M
/// (0 to 30, default 9), with a random sign where it has one; Cubuk et al. 2019 in torchvision's form (RandAugment, 31 bins). Of grey pictures the
/// operation on colour changes nothing.
/// </summary>
public sealed class RandAugment : Transform
{
    private const int Bins = 31, DefaultCount = 2, DefaultMagnitude = 9, DrawsOfAnOp = 2;
    private readonly int _count, _magnitude;
    private readonly WarpFilter _filter;
    private readonly PixelFill _fill;

    private RandAugment(TransformArguments arguments)
    {
        _count = arguments.Integer("n", DefaultCount, 1, 16, position: 0);
        _magnitude = arguments.Integer("m", DefaultMagnitude, 0, Bins - 1, position: 1);
        _filter = arguments.Choice("interpolation", WarpFilter.Nearest, position: -1);
        _fill = arguments.Fill("fill");
    }

    internal static TransformSpec Spec { get; } =
        new("rand-augment", "rand-augment(n=2, m=9, interpolation=nearest, fill=0)", a => new RandAugment(a));

    /// <inheritdoc/>
    public override bool IsRandom => true;

    /// <inheritdoc/>
    public override (int Width, int Height)? OutputSize((int Width, int Height)? input) => input;

    /// <inheritdoc/>
    public override bool Apply(Image source, Image target, TransformDraws draws)
    {
        ArgumentNullException.ThrowIfNull(source);
        (Image current, Image other) = (source, target);
        for (int i = 0; i < _count; i++)
        {
            (PolicyOp op, double magnitude) = Choose(i, source.Width, source.Height, draws);
            if (PolicyOps.Apply(op, magnitude, current, other, _filter, _fill))
                (current, other) = (other, current);
        }
        return ReferenceEquals(current, target);
    }

    /// <summary>The operation that the draws choose at a position, and its signed magnitude for pictures of that size.</summary>
    internal (PolicyOp Op, double Magnitude) Choose(int position, int width, int height, TransformDraws draws)
    {
        var op = (PolicyOp)draws.Below(DrawsOfAnOp * position, PolicyOps.Count);
        double magnitude = Magnitude(op, width, height);
        return (op, PolicyOps.IsSigned(op) && draws.Below(DrawsOfAnOp * position + 1, 2) == 1 ? -magnitude : magnitude);
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        string numbers = _magnitude != DefaultMagnitude ? $",{_count},{_magnitude}" : _count != DefaultCount ? $",{_count}" : "";
        string text = $"{numbers}{TransformArguments.Text(_filter)}{TransformArguments.Text(_fill)}";
        return text.Length == 0 ? "rand-augment" : $"rand-augment({text[1..]})";
    }

    private double Magnitude(PolicyOp op, int width, int height) => op switch
    {
        PolicyOp.ShearX or PolicyOp.ShearY => At(0.3f),
        PolicyOp.TranslateX => At((float)(150.0 / 331.0 * width)),
        PolicyOp.TranslateY => At((float)(150.0 / 331.0 * height)),
        PolicyOp.Rotate => At(30),
        PolicyOp.Brightness or PolicyOp.Color or PolicyOp.Contrast or PolicyOp.Sharpness => At(0.9f),
        PolicyOp.Posterize => PolicyOps.Bits(Bins, _magnitude, 4),
        PolicyOp.Solarize => PolicyOps.Bin(255, 0, Bins, _magnitude),
        _ => 0,
    };

    private double At(float most) => PolicyOps.Bin(0, most, Bins, _magnitude);
}
