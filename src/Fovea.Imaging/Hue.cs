namespace Fovea.Imaging;

/// <summary>Turns hues as torchvision does on Pillow's pictures: by way of HSV in bytes, with Pillow's conversions, so the same bytes.</summary>
public static class Hue
{
    /// <summary>
    /// Turns every pixel's hue by <paramref name="turn"/> of the circle, -0.5 to 0.5, in steps of 1/255 as torchvision rounds it (towards 0), in place. Even a turn
    /// of 0 changes colours by a few levels, since HSV has bytes. A grey picture stays as it is.
    /// </summary>
    public static void Shift(Image image, double turn)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (image.Channels == 1)
            return;
        byte shift = (byte)(int)(turn * 255);
        Span<byte> pixels = image.Pixels;
        for (int i = 0; i < pixels.Length; i += 3)
        {
            Span<byte> pixel = pixels.Slice(i, 3);
            int most = Math.Max(pixel[0], Math.Max(pixel[1], pixel[2])), least = Math.Min(pixel[0], Math.Min(pixel[1], pixel[2]));
            if (most == least)
                continue;
            (byte hue, byte saturation) = HueAndSaturation(pixel[0], pixel[1], pixel[2], most, least);
            ToRgb((byte)(hue + shift), saturation, (byte)most, pixel);
        }
    }

    // float32 where Pillow has float, double where C promotes to it.
    private static (byte Hue, byte Saturation) HueAndSaturation(int r, int g, int b, int most, int least)
    {
        float range = most - least;
        float saturation = range / most;
        float rc = (most - r) / range, gc = (most - g) / range, bc = (most - b) / range;
        float hue = r == most ? bc - gc : g == most ? (float)(2.0 + rc - bc) : (float)(4.0 + gc - rc);
        hue = (float)((hue / 6.0 + 1.0) % 1.0);
        return ((byte)Math.Clamp((int)(hue * 255.0), 0, 255), (byte)Math.Clamp((int)(saturation * 255.0), 0, 255));
    }

    private static void ToRgb(byte h, byte s, byte v, Span<byte> pixel)
    {
        if (s == 0)
        {
            pixel.Fill(v);
            return;
        }
        int sector = (int)Math.Floor(h * 6.0 / 255.0);
        float f = (float)(h * 6.0 / 255.0 - sector);
        float fs = (float)(s / 255.0);
        byte p = Round(v * (1.0 - fs)), q = Round(v * (1.0 - fs * f)), t = Round(v * (1.0 - fs * (1.0 - f)));
        (pixel[0], pixel[1], pixel[2]) = (sector % 6) switch
        {
            0 => (v, t, p),
            1 => (q, v, p),
            2 => (p, v, t),
            3 => (p, q, v),
            4 => (t, p, v),
            _ => (v, p, q),
        };
    }

    private static byte Round(double value) => (byte)Math.Clamp((int)Math.Round(value, MidpointRounding.AwayFromZero), 0, 255);
}
