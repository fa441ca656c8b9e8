namespace Fovea.Imaging;

/// <summary>
/// Brightness, contrast, saturation and sharpness as Pillow's ImageEnhance defines them: a blend of the picture with a degenerate one. Factor 0 is the degenerate
/// picture, 1 the picture itself, more exaggerates. The arithmetic is Pillow's (float32, cut off, clipped), so results are the same bytes.
/// </summary>
public static class Enhance
{
    // ImageFilter.SMOOTH: 1 around, 5 in the middle, of 13.
    private const float Around = 1f / 13f, Middle = 5f / 13f;

    /// <summary>Blends with black, in place; <paramref name="factor"/> of 0 or more.</summary>
    public static void Brightness(Image image, float factor)
    {
        ArgumentNullException.ThrowIfNull(image);
        Toward(image, 0, factor);
    }

    /// <summary>Blends with the mean of the picture's grey values, rounded, in place; <paramref name="factor"/> of 0 or more.</summary>
    public static void Contrast(Image image, float factor)
    {
        ArgumentNullException.ThrowIfNull(image);
        ReadOnlySpan<byte> pixels = image.Pixels;
        long sum = 0;
        if (image.Channels == 1)
        {
            foreach (byte value in pixels)
                sum += value;
        }
        else
        {
            for (int i = 0; i < pixels.Length; i += 3)
                sum += Colour.Grey(pixels[i], pixels[i + 1], pixels[i + 2]);
        }
        Toward(image, (int)(sum / (double)(image.Width * (long)image.Height) + 0.5), factor);
    }

    /// <summary>Blends with the grey picture, in place; <paramref name="factor"/> of 0 or more. A grey picture stays as it is.</summary>
    public static void Saturation(Image image, float factor)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (image.Channels == 1)
            return;
        Span<byte> pixels = image.Pixels;
        for (int i = 0; i < pixels.Length; i += 3)
        {
            int grey = Colour.Grey(pixels[i], pixels[i + 1], pixels[i + 2]);
            pixels[i] = Blend(grey, pixels[i], factor);
            pixels[i + 1] = Blend(grey, pixels[i + 1], factor);
            pixels[i + 2] = Blend(grey, pixels[i + 2], factor);
        }
    }

    /// <summary>Replaces every channel by the picture's grey value, in place. A grey picture stays as it is.</summary>
    public static void Grey(Image image)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (image.Channels == 1)
            return;
        Span<byte> pixels = image.Pixels;
        for (int i = 0; i < pixels.Length; i += 3)
            pixels.Slice(i, 3).Fill((byte)Colour.Grey(pixels[i], pixels[i + 1], pixels[i + 2]));
    }

    /// <summary>
    /// Writes the blend of <paramref name="src"/> with its smoothed copy into <paramref name="dst"/>; <paramref name="factor"/> of 0 or more. The outermost pixels,
    /// and pictures with a side below 3, are not smoothed.
    /// </summary>
    /// <exception cref="ArgumentException"><paramref name="dst"/> is <paramref name="src"/>.</exception>
    public static void Sharpness(Image src, Image dst, float factor)
    {
        ArgumentNullException.ThrowIfNull(src);
        ArgumentNullException.ThrowIfNull(dst);
        if (ReferenceEquals(src, dst))
            throw new ArgumentException("The picture to fill must be another object than the one that is read.", nameof(dst));
        dst.Reset(src.Width, src.Height, src.Channels);
        src.Pixels.CopyTo(dst.Pixels);
        if (src.Width < 3)
            return;
        int channels = src.Channels, last = (src.Width - 1) * channels;
        for (int y = 1; y < src.Height - 1; y++)
        {
            ReadOnlySpan<byte> above = src.Row(y - 1), row = src.Row(y), below = src.Row(y + 1);
            Span<byte> to = dst.Row(y);
            for (int i = channels; i < last; i++)
            {
                // The order of Pillow's additions: the row below first, each row's three products summed before.
                float sum = 0.5f;
                sum += below[i - channels] * Around + below[i] * Around + below[i + channels] * Around;
                sum += row[i - channels] * Around + row[i] * Middle + row[i + channels] * Around;
                sum += above[i - channels] * Around + above[i] * Around + above[i + channels] * Around;
                to[i] = Blend((byte)Math.Clamp(sum, 0f, 255f), row[i], factor);
            }
        }
    }

    private static void Toward(Image image, int value, float factor)
    {
        Span<byte> table = stackalloc byte[256];
        for (int i = 0; i < 256; i++)
            table[i] = Blend(value, i, factor);
        Tone.Map(image.Pixels, table);
    }

    private static byte Blend(int degenerate, int value, float factor)
    {
        float blended = degenerate + factor * (value - degenerate);
        return blended <= 0 ? (byte)0 : blended >= 255 ? (byte)255 : (byte)blended;
    }
}
