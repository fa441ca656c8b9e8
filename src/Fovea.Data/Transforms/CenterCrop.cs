using Fovea.Imaging;

namespace Fovea.Data.Transforms;

/// <summary>
/// <c>center-crop(N)</c> or <c>center-crop(HEIGHTxWIDTH)</c>: the middle of the picture, with a black border where the picture is smaller;
/// torchvision's CenterCrop,
/// its rounding (half to even) included.
/// </summary>
public sealed class CenterCrop : Transform
{
    private readonly int _width, _height;

    private CenterCrop(TransformArguments arguments) => (_width, _height) = arguments.Size();

    internal static TransformSpec Spec { get; } = new("center-crop", "center-crop(SIZE | HEIGHTxWIDTH)", a => new CenterCrop(a));

    /// <inheritdoc/>
    public override (int Width, int Height)? OutputSize((int Width, int Height)? input) => (_width, _height);

    /// <inheritdoc/>
    public override bool Apply(Image source, Image target, TransformDraws draws)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (source.Width == _width && source.Height == _height)
            return false;
        Window.Cut(source, target, Offset(source.Width, _width), Offset(source.Height, _height), _width, _height);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => $"center-crop({Window.SizeText(_width, _height)})";

    // torchvision pads by (crop - size) / 2 rounded down on the near side, and cuts at round((size - crop) / 2).
    private static int Offset(int size, int crop) =>
        crop > size ? -((crop - size) / 2) : (int)Math.Round((size - crop) / 2.0, MidpointRounding.ToEven);
}
