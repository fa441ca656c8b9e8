namespace Fovea.Imaging;

/// <summary>How <see cref="Resampler"/> computes a pixel from those around it; the last two are antialiased (their support grows when a picture shrinks).</summary>
public enum Interpolation
{
    /// <summary>The pixel that lies under the centre of the new one; Pillow's NEAREST.</summary>
    Nearest,

    /// <summary>Triangle of support 1; Pillow's BILINEAR.</summary>
    Bilinear,

    /// <summary>Keys' cubic with a = -0.5, support 2; Pillow's BICUBIC.</summary>
    Bicubic,
}
