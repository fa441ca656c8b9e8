using Fovea.Imaging;

namespace Fovea.Data.Transforms;

/// <summary><c>hflip</c> or <c>hflip(p=0.5)</c>: mirrors left and right with probability p, 0 to 1; torchvision's RandomHorizontalFlip.</summary>
public sealed class HorizontalFlip : Flip
{
    private HorizontalFlip(TransformArguments arguments) : base("hflip", arguments)
    {
    }

    internal static TransformSpec Spec { get; } = new("hflip", "hflip(p=0.5)", a => new HorizontalFlip(a));

    private protected override void Mirror(Image image) => Geometry.FlipHorizontal(image);
}
