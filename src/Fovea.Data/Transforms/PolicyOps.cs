using Fovea.Imaging;

namespace Fovea.Data.Transforms;

/// <summary>The operations that RandAugment and TrivialAugment choose from, in torchvision's order.</summary>
internal enum PolicyOp
{
    Identity, ShearX, ShearY, TranslateX, TranslateY, Rotate, Brightness, Color, Contrast, Sharpness, Posterize, Solarize, AutoContrast, Equalize,
}

/// <summary>Applies a <see cref="PolicyOp"/> as torchvision's <c>_apply_op</c> does.</summary>
internal static class PolicyOps
{
    /// <summary>Number of operations.</summary>
    public const int Count = (int)PolicyOp.Equalize + 1;

    /// <summary>Whether a draw decides the sign of the magnitude.</summary>
    public static bool IsSigned(PolicyOp op) => op is >= PolicyOp.ShearX and <= PolicyOp.Sharpness;

    /// <summary>Applies an operation; true where <paramref name="target"/> holds the result, false where <paramref name="source"/> does.</summary>
    public static bool Apply(PolicyOp op, double magnitude, Image source, Image target, WarpFilter filter, PixelFill fill)
    {
        switch (op)
        {
            case PolicyOp.ShearX:
                Warp.Apply(source, target, AffineMap.Inverse((0, 0), 0, (0, 0), 1, (Degrees(magnitude), 0)), filter, fill);
                return true;
            case PolicyOp.ShearY:
                Warp.Apply(source, target, AffineMap.Inverse((0, 0), 0, (0, 0), 1, (0, Degrees(magnitude))), filter, fill);
                return true;
            case PolicyOp.TranslateX:
                Warp.Apply(source, target, AffineMap.Inverse(Centre(source), 0, ((int)magnitude, 0), 1, (0, 0)), filter, fill);
                return true;
            case PolicyOp.TranslateY:
                Warp.Apply(source, target, AffineMap.Inverse(Centre(source), 0, (0, (int)magnitude), 1, (0, 0)), filter, fill);
                return true;
            case PolicyOp.Rotate:
                Warp.Rotate(source, target, magnitude, filter, fill);
                return true;
            case PolicyOp.Sharpness:
                Enhance.Sharpness(source, target, (float)(1 + magnitude));
                return true;
            case PolicyOp.Brightness:
                Enhance.Brightness(source, (float)(1 + magnitude));
                break;
            case PolicyOp.Color:
                Enhance.Saturation(source, (float)(1 + magnitude));
                break;
            case PolicyOp.Contrast:
                Enhance.Contrast(source, (float)(1 + magnitude));
                break;
            case PolicyOp.Posterize:
                Tone.Posterize(source, (int)magnitude);
                break;
            case PolicyOp.Solarize:
                Tone.Solarize(source, magnitude);
                break;
            case PolicyOp.AutoContrast:
                Tone.AutoContrast(source);
                break;
            case PolicyOp.Equalize:
                Tone.Equalize(source);
                break;
        }
        return false;
    }

    /// <summary>Value <paramref name="index"/> of torch.linspace(<paramref name="start"/>, <paramref name="end"/>, <paramref name="bins"/>), float32 as there.</summary>
    public static double Bin(float start, float end, int bins, int index)
    {
        float step = (end - start) / (bins - 1);
        return index < bins / 2 ? start + step * index : end - step * (bins - 1 - index);
    }

    /// <summary>Bits that posterizing keeps at bin <paramref name="index"/>: 8 down to 8 - <paramref name="most"/>.</summary>
    public static double Bits(int bins, int index, int most) => 8 - Math.Round(index / ((bins - 1) / (double)most));

    private static (double X, double Y) Centre(Image image) => (image.Width * 0.5, image.Height * 0.5);

    private static double Degrees(double tangent) => Math.Atan(tangent) * (180 / Math.PI);
}
