namespace Fovea.Imaging;

/// <summary>What the header of a picture file says; nothing was decoded to know it.</summary>
/// <param name="Format">The format, found by content.</param>
/// <param name="Width">Width in pixels after <paramref name="Orientation"/> has been applied (as stored when the reader did not want it applied).</param>
/// <param name="Height">Height in pixels, likewise.</param>
/// <param name="Channels">Channels of the stored picture: 1 grey, 2 grey and alpha, 3 colour (a palette too), 4 colour and alpha, or CMYK.</param>
/// <param name="BitDepth">Bits per stored channel, or per palette index: 1, 2, 4, 8, 12 or 16.</param>
/// <param name="Orientation">EXIF orientation, 1 (as stored) to 8; 1 where there is none.</param>
public readonly record struct ImageInfo(ImageFormat Format, int Width, int Height, int Channels, int BitDepth, int Orientation)
{
    /// <summary>Width * Height.</summary>
    public long Pixels => (long)Width * Height;
}
