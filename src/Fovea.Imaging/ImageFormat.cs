namespace Fovea.Imaging;

/// <summary>The formats that <see cref="ImageDecoder"/> reads.</summary>
public enum ImageFormat
{
    /// <summary>JPEG (JFIF, Exif, Adobe), decoded by libjpeg-turbo.</summary>
    Jpeg,

    /// <summary>PNG, decoded by libpng.</summary>
    Png,

    /// <summary>WebP, lossy and lossless, decoded by libwebp; of an animation the first frame.</summary>
    WebP,

    /// <summary>Windows and OS/2 bitmaps, decoded here.</summary>
    Bmp,
}
