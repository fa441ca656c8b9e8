namespace Fovea.Imaging;

/// <summary>Maps of single values, in place, with the arithmetic of Pillow's ImageOps: the same bytes.</summary>
public static class Tone
{
    /// <summary>Keeps the <paramref name="bits"/> highest bits of every value, 0 to 8.</summary>
    public static void Posterize(Image image, int bits)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentOutOfRangeException.ThrowIfNegative(bits);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bits, 8);
        byte mask = (byte)(0xFF << (8 - bits));
        foreach (ref byte value in image.Pixels)
            value &= mask;
    }

    /// <summary>Inverts the values from <paramref name="threshold"/> on, of 0 to 256.</summary>
    public static void Solarize(Image image, double threshold)
    {
        ArgumentNullException.ThrowIfNull(image);
        foreach (ref byte value in image.Pixels)
        {
            if (!(value < threshold))
                value = (byte)(255 - value);
        }
    }

    /// <summary>Stretches each channel so that its darkest value becomes 0 and its brightest 255; a channel of one value stays.</summary>
    public static void AutoContrast(Image image)
    {
        ArgumentNullException.ThrowIfNull(image);
        Span<int> histogram = stackalloc int[256];
        Span<byte> table = stackalloc byte[256];
        for (int channel = 0; channel < image.Channels; channel++)
        {
            Count(image, channel, histogram);
            int low = histogram.IndexOfAnyExcept(0), high = histogram.LastIndexOfAnyExcept(0);
            if (high <= low)
                continue;
            double scale = 255.0 / (high - low), offset = -low * scale;
            for (int i = 0; i < 256; i++)
                table[i] = (byte)Math.Clamp((int)(i * scale + offset), 0, 255);
            Map(image, channel, table);
        }
    }

    /// <summary>Makes the values of each channel about equally frequent; a channel of one value stays.</summary>
    public static void Equalize(Image image)
    {
        ArgumentNullException.ThrowIfNull(image);
        Span<int> histogram = stackalloc int[256];
        Span<byte> table = stackalloc byte[256];
        for (int channel = 0; channel < image.Channels; channel++)
        {
            Count(image, channel, histogram);
            int brightest = histogram[histogram.LastIndexOfAnyExcept(0)];
            int step = (image.Width * image.Height - brightest) / 255;
            if (step == 0)
                continue;
            int sum = step / 2;
            for (int i = 0; i < 256; i++)
            {
                table[i] = (byte)Math.Min(sum / step, 255);
                sum += histogram[i];
            }
            Map(image, channel, table);
        }
    }

    /// <summary>Replaces every value by the table's.</summary>
    internal static void Map(Span<byte> values, ReadOnlySpan<byte> table)
    {
        foreach (ref byte value in values)
            value = table[value];
    }

    private static void Map(Image image, int channel, ReadOnlySpan<byte> table)
    {
        Span<byte> pixels = image.Pixels;
        for (int i = channel; i < pixels.Length; i += image.Channels)
            pixels[i] = table[pixels[i]];
    }

    private static void Count(Image image, int channel, Span<int> histogram)
    {
        histogram.Clear();
        ReadOnlySpan<byte> pixels = image.Pixels;
        for (int i = channel; i < pixels.Length; i += image.Channels)
            histogram[pixels[i]]++;
    }
}
