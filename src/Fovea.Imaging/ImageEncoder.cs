namespace Fovea.Imaging;

/// <summary>Writes pictures as files.</summary>
public static class ImageEncoder
{
    [ThreadStatic]
    private static TurboJpeg.Instance? t_compressor;

    /// <summary><paramref name="image"/> as a PNG file, 8 bits, grey or RGB. Needs no native library.</summary>
    /// <exception cref="ArgumentException">The picture is empty.</exception>
    public static byte[] Png(Image image)
    {
        RequirePixels(image);
        return PngWriter.Write(image);
    }

    /// <summary><paramref name="image"/> as a JPEG file, grey or 4:2:0, by libjpeg-turbo.</summary>
    /// <param name="image">The picture, at most 65500 pixels in width and height.</param>
    /// <param name="quality">1 to 100.</param>
    /// <exception cref="ArgumentException">The picture is empty, or the quality out of its range.</exception>
    /// <exception cref="ImageException">libjpeg-turbo is missing or refuses.</exception>
    public static byte[] Jpeg(Image image, int quality = 90)
    {
        RequirePixels(image);
        ArgumentOutOfRangeException.ThrowIfLessThan(quality, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(quality, 100);
        bool grey = image.Channels == 1;
        return (t_compressor ??= new TurboJpeg.Instance(compress: true))
            .Compress(image, grey ? TurboJpeg.SubsampleGray : TurboJpeg.Subsample420, grey ? TurboJpeg.PixelGray : TurboJpeg.PixelRgb, quality);
    }

    private static void RequirePixels(Image image)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (image.Width == 0)
            throw new ArgumentException("The picture is empty.", nameof(image));
    }
}
