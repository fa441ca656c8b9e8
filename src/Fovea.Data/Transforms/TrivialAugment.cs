using Fovea.Imaging;

namespace Fovea.Data.Transforms;

/// <summary>
/// <c>trivial-augment</c> or <c>trivial-augment(interpolation=nearest,fill=0)</c>: one operation of fourteen at one of 31 magnitudes, both drawn, with a random
/// sign where it has one; Müller and Hutter 2021 in torchvision's form (TrivialAugmentWide). Of grey pictures the operation on colour changes nothing.
/// </summary>
public sealed class TrivialAugment : Transform
{
    private const int Bins = 31;
    private readonly WarpFilter _filter;
    private readonly PixelFill _fill;

    private TrivialAugment(TransformArguments arguments)
    {
        _filter = arguments.Choice("interpolation", WarpFilter.Nearest, position: -1);
        _fill = arguments.Fill("fill");
    }

    internal static TransformSpec Spec { get; } =
        new("trivial-augment", "trivial-augment(interpolation=nearest, fill=0)", a => new TrivialAugment(a));

    /// <inheritdoc/>
    public override bool IsRandom => true;

    /// <inheritdoc/>
    public override (int Width, int Height)? OutputSize((int Width, int Height)? input) => input;

    /// <inheritdoc/>
    public override bool Apply(Image source, Image target, TransformDraws draws)
    {
        (PolicyOp op, double magnitude) = Choose(draws);
        return PolicyOps.Apply(op, magnitude, source, target, _filter, _fill);
    }

    /// <summary>The operation that the draws choose, and its signed magnitude.</summary>
    internal static (PolicyOp Op, double Magnitude) Choose(TransformDraws draws)
    {
        var op = (PolicyOp)draws.Below(0, PolicyOps.Count);
        double magnitude = Magnitude(op, draws.Below(1, Bins));
        return (op, PolicyOps.IsSigned(op) && draws.Below(2, 2) == 1 ? -magnitude : magnitude);
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        string text = $"{TransformArguments.Text(_filter)}{TransformArguments.Text(_fill)}";
        return text.Length == 0 ? "trivial-augment" : $"trivial-augment({text[1..]})";
    }

    /// <summary>The magnitude of an operation at a bin, 0 to 30.</summary>
    internal static double Magnitude(PolicyOp op, int bin) => op switch
    {
        PolicyOp.ShearX or PolicyOp.ShearY => PolicyOps.Bin(0, 0.99f, Bins, bin),
        PolicyOp.TranslateX or PolicyOp.TranslateY => PolicyOps.Bin(0, 32, Bins, bin),
        PolicyOp.Rotate => PolicyOps.Bin(0, 135, Bins, bin),
        PolicyOp.Brightness or PolicyOp.Color or PolicyOp.Contrast or PolicyOp.Sharpness => PolicyOps.Bin(0, 0.99f, Bins, bin),
        PolicyOp.Posterize => PolicyOps.Bits(Bins, bin, 6),
        PolicyOp.Solarize => PolicyOps.Bin(255, 0, Bins, bin),
        _ => 0,
    };
}
