using Fovea.Imaging;

namespace Fovea.Data.Transforms;

/// <summary><c>vflip</c> or <c>vflip(p=0.5)</c>: mirrors top and bottom with probability p, 0 to 1; torchvision's RandomVerticalFlip.</summary>
public sealed class VerticalFlip : Flip
{
    private VerticalFlip(TransformArguments arguments) : base("vflip", arguments)
    {
    }

    internal static TransformSpec Spec { get; } = new("vflip", "vflip(p=0.5)", a => new VerticalFlip(a));

    private protected override void Mirror(Image image) => Geometry.FlipVertical(image);
}
