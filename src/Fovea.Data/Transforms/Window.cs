using Fovea.Imaging;

namespace Fovea.Data.Transforms;

/// <summary>Cutting a rectangle that may reach over the picture's edges.</summary>
internal static class Window
{
    /// <summary>
    /// Copies the rectangle whose upper left corner is at (<paramref name="x"/>, <paramref name="y"/>) of <paramref name="source"/>; what lies
    /// outside is black.
    /// </summary>
    public static void Cut(Image source, Image target, int x, int y, int width, int height)
    {
        target.Reset(width, height, source.Channels);
        int left = Math.Clamp(-x, 0, width), right = Math.Clamp(source.Width - x, left, width);
        int channels = source.Channels;
        for (int row = 0; row < height; row++)
        {
            Span<byte> to = target.Row(row);
            int from = y + row;
            if (from < 0 || from >= source.Height || left == right)
            {
                to.Clear();
                continue;
            }
            to[..(left * channels)].Clear();
            source.Row(from).Slice((x + left) * channels, (right - left) * channels).CopyTo(to[(left * channels)..]);
            to[(right * channels)..].Clear();
        }
    }

    /// <summary>
    /// The same, but what lies outside is the picture mirrored at its outermost row and column (torch.nn.functional.pad's "reflect"); the rectangle reaches out by less
    /// than the picture's size.
    /// </summary>
    public static void CutMirrored(Image source, Image target, int x, int y, int width, int height)
    {
        target.Reset(width, height, source.Channels);
        int channels = source.Channels, left = Math.Clamp(-x, 0, width), right = Math.Clamp(source.Width - x, left, width);
        for (int row = 0; row < height; row++)
        {
            Span<byte> from = source.Row(Mirrored(y + row, source.Height)), to = target.Row(row);
            from.Slice((x + left) * channels, (right - left) * channels).CopyTo(to[(left * channels)..]);
            for (int i = 0; i < width; i++)
            {
                if (i < left || i >= right)
                    from.Slice(Mirrored(x + i, source.Width) * channels, channels).CopyTo(to[(i * channels)..]);
            }
        }
    }

    /// <summary>The place inside 0 to <paramref name="size"/> - 1 that a place less than size outside mirrors.</summary>
    public static int Mirrored(int at, int size) => at < 0 ? -at : at < size ? at : (2 * size) - 2 - at;

    /// <summary>A size as it is written: <c>N</c> for a square, else <c>HEIGHTxWIDTH</c>.</summary>
    public static string SizeText(int width, int height) => width == height ? $"{width}" : $"{height}x{width}";
}
