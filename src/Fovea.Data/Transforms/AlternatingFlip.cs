using Fovea.Imaging;

namespace Fovea.Data.Transforms;

/// <summary>
/// <c>alternating-flip</c>: mirrors left and right in every other epoch. Which pictures begin mirrored is drawn once for the whole run, with probability one half; two
/// epochs after one another then show every picture both ways, where <c>hflip</c> shows half of them the same way twice (Jordan 2024, arXiv 2404.00498, section 3.6).
/// </summary>
public sealed class AlternatingFlip : Transform
{
    internal static TransformSpec Spec { get; } = new("alternating-flip", "alternating-flip", _ => new AlternatingFlip());

    /// <inheritdoc/>
    public override bool IsRandom => true;

    /// <inheritdoc/>
    public override (int Width, int Height)? OutputSize((int Width, int Height)? input) => input;

    /// <inheritdoc/>
    public override bool Apply(Image source, Image target, TransformDraws draws)
    {
        bool first = draws.OfFirstEpoch.Between(0, 0, 1) < 0.5;
        if (first != (draws.Epoch % 2 == 1))
            Geometry.FlipHorizontal(source);
        return false;
    }

    /// <inheritdoc/>
    public override string ToString() => "alternating-flip";
}
