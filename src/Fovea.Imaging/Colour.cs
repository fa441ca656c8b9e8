namespace Fovea.Imaging;

/// <summary>Conversions between channel counts, with Pillow's arithmetic.</summary>
internal static class Colour
{
    /// <summary>Grey by the ITU-R 601-2 luma in Pillow's fixed point; <paramref name="dst"/> is another picture.</summary>
    internal static void ToGrey(Image src, Image dst)
    {
        dst.Reset(src.Width, src.Height, 1);
        ReadOnlySpan<byte> from = src.Pixels;
        Span<byte> to = dst.Pixels;
        for (int i = 0, at = 0; i < to.Length; i++, at += 3)
            to[i] = (byte)Grey(from[at], from[at + 1], from[at + 2]);
    }

    /// <summary>The grey value of a pixel, 0 to 255.</summary>
    internal static int Grey(int r, int g, int b) => (r * 19595 + g * 38470 + b * 7471 + 0x8000) >> 16;

    /// <summary>Takes <paramref name="pixels"/> of 1 to 4 interleaved channels into 1 or 3 channels: grey is repeated, alpha left out.</summary>
    internal static void Take(ReadOnlySpan<byte> pixels, int channels, Span<byte> to, int toChannels)
    {
        bool grey = channels <= 2;
        for (int at = 0, i = 0; i < to.Length; at += channels, i += toChannels)
        {
            to[i] = pixels[at];
            if (toChannels == 1)
                continue;
            to[i + 1] = pixels[grey ? at : at + 1];
            to[i + 2] = pixels[grey ? at : at + 2];
        }
    }

    /// <summary>RGB from inverted CMYK (Adobe's convention, which Pillow assumes of every four-channel JPEG): each ink's paper left, times black's.</summary>
    internal static void FromInvertedCmyk(ReadOnlySpan<byte> cmyk, Span<byte> rgb)
    {
        for (int at = 0, i = 0; i < rgb.Length; at += 4, i += 3)
        {
            int white = cmyk[at + 3];
            rgb[i] = Remaining(cmyk[at], white);
            rgb[i + 1] = Remaining(cmyk[at + 1], white);
            rgb[i + 2] = Remaining(cmyk[at + 2], white);
        }
    }

    // white - ink * white / 255 with Pillow's rounding of the division, ink = 255 - paper.
    private static byte Remaining(int paper, int white)
    {
        int product = (255 - paper) * white + 128;
        return (byte)(white - (((product >> 8) + product) >> 8));
    }
}
