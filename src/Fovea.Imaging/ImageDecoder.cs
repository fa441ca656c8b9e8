namespace Fovea.Imaging;

/// <summary>Reads JPEG, PNG, WebP and BMP files from memory, as Pillow does: orientation applied, alpha dropped, profiles and gamma ignored.</summary>
public static class ImageDecoder
{
    /// <summary>Reads the header of a picture: format, size after orientation, channels.</summary>
    /// <param name="file">The whole file, or at least its header (an EXIF block may make that 64 KiB and more).</param>
    /// <exception cref="ImageException">The file is no picture, of a format that is not read, or its header is broken.</exception>
    public static ImageInfo Identify(ReadOnlySpan<byte> file) => throw new ImageException("Not there yet.");

    /// <summary>Decodes a picture into <paramref name="target"/>, whose memory is reused.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="target">Gets the pixels: 1 or 3 channels as <paramref name="options"/> say. Its contents are undefined after an error.</param>
    /// <param name="options">Channels, limits, orientation, scale.</param>
    /// <returns>What the header says; where <see cref="DecodeOptions.AtLeast"/> made the result smaller, this still has the size of a full decode.</returns>
    /// <exception cref="ImageException">The file is no picture, of a format that is not read, broken, cut short, above the limit, or the library that reads it is missing.</exception>
    public static ImageInfo Decode(ReadOnlySpan<byte> file, Image target, in DecodeOptions options = default)
    {
        ArgumentNullException.ThrowIfNull(target);
        throw new ImageException("Not there yet.");
    }
}
