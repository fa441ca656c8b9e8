namespace Fovea.Imaging;

/// <summary>Moves pixels about without changing them.</summary>
public static class Geometry
{
    /// <summary>Copies the rectangle at (<paramref name="x"/>, <paramref name="y"/>) of size <paramref name="width"/> x <paramref name="height"/>, which lies inside <paramref name="src"/>.</summary>
    /// <exception cref="ArgumentException">The rectangle is empty or reaches outside, or <paramref name="dst"/> is <paramref name="src"/>.</exception>
    public static void Crop(Image src, Image dst, int x, int y, int width, int height)
    {
        RequireTwo(src, dst);
        if (x < 0 || y < 0 || width < 1 || height < 1 || x > src.Width - width || y > src.Height - height)
            throw new ArgumentException($"The crop of {width}x{height} at ({x}, {y}) does not lie inside the picture of {src.Width}x{src.Height}.");
        dst.Reset(width, height, src.Channels);
        for (int row = 0; row < height; row++)
            src.Row(y + row).Slice(x * src.Channels, width * src.Channels).CopyTo(dst.Row(row));
    }

    /// <summary>Copies <paramref name="src"/> with a border of <paramref name="fill"/> (in every channel) around it; widths in pixels, at least 0.</summary>
    /// <exception cref="ArgumentException">A width is negative, or <paramref name="dst"/> is <paramref name="src"/>.</exception>
    public static void Pad(Image src, Image dst, int left, int top, int right, int bottom, byte fill)
    {
        RequireTwo(src, dst);
        if (left < 0 || top < 0 || right < 0 || bottom < 0)
            throw new ArgumentException($"Padding must be at least 0 on every side, got left {left}, top {top}, right {right}, bottom {bottom}.");
        dst.Reset(checked(src.Width + left + right), checked(src.Height + top + bottom), src.Channels);
        int inner = src.Width * src.Channels;
        for (int row = 0; row < dst.Height; row++)
        {
            Span<byte> to = dst.Row(row);
            if (row < top || row >= top + src.Height)
            {
                to.Fill(fill);
                continue;
            }
            to[..(left * src.Channels)].Fill(fill);
            src.Row(row - top).CopyTo(to[(left * src.Channels)..]);
            to[(left * src.Channels + inner)..].Fill(fill);
        }
    }

    /// <summary>Mirrors left and right, in place.</summary>
    public static void FlipHorizontal(Image image)
    {
        ArgumentNullException.ThrowIfNull(image);
        for (int y = 0; y < image.Height; y++)
            Mirror(image.Row(y), image.Channels);
    }

    /// <summary>Mirrors top and bottom, in place.</summary>
    public static void FlipVertical(Image image)
    {
        ArgumentNullException.ThrowIfNull(image);
        for (int top = 0, bottom = image.Height - 1; top < bottom; top++, bottom--)
            Swap(image.Row(top), image.Row(bottom));
    }

    /// <summary>Turns by half a circle, in place.</summary>
    public static void Rotate180(Image image)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (image.Width > 0)
            Mirror(image.Pixels, image.Channels);
    }

    /// <summary>Copies <paramref name="src"/> turned clockwise by a quarter.</summary>
    public static void Rotate90(Image src, Image dst) => Turn(src, dst, mirrorX: false, mirrorY: true);

    /// <summary>Copies <paramref name="src"/> turned counter-clockwise by a quarter.</summary>
    public static void Rotate270(Image src, Image dst) => Turn(src, dst, mirrorX: true, mirrorY: false);

    /// <summary>Copies <paramref name="src"/> mirrored at the diagonal from the upper left: rows become columns.</summary>
    public static void Transpose(Image src, Image dst) => Turn(src, dst, mirrorX: false, mirrorY: false);

    /// <summary>Copies <paramref name="src"/> mirrored at the other diagonal.</summary>
    public static void Transverse(Image src, Image dst) => Turn(src, dst, mirrorX: true, mirrorY: true);

    // dst(x, y) = src(y, x), with the source's axes mirrored as told.
    private static void Turn(Image src, Image dst, bool mirrorX, bool mirrorY)
    {
        RequireTwo(src, dst);
        dst.Reset(src.Height, src.Width, src.Channels);
        int channels = src.Channels, stride = src.Width * channels;
        ReadOnlySpan<byte> from = src.Pixels;
        for (int y = 0; y < dst.Height; y++)
        {
            Span<byte> to = dst.Row(y);
            int column = (mirrorX ? src.Width - 1 - y : y) * channels;
            for (int x = 0; x < dst.Width; x++)
            {
                int at = (mirrorY ? src.Height - 1 - x : x) * stride + column;
                if (channels == 1)
                    to[x] = from[at];
                else
                    (to[3 * x], to[3 * x + 1], to[3 * x + 2]) = (from[at], from[at + 1], from[at + 2]);
            }
        }
    }

    private static void Mirror(Span<byte> pixels, int channels)
    {
        if (channels == 1)
        {
            pixels.Reverse();
            return;
        }
        for (int left = 0, right = pixels.Length - 3; left < right; left += 3, right -= 3)
        {
            (pixels[left], pixels[right]) = (pixels[right], pixels[left]);
            (pixels[left + 1], pixels[right + 1]) = (pixels[right + 1], pixels[left + 1]);
            (pixels[left + 2], pixels[right + 2]) = (pixels[right + 2], pixels[left + 2]);
        }
    }

    private static void Swap(Span<byte> a, Span<byte> b)
    {
        for (int i = 0; i < a.Length; i++)
            (a[i], b[i]) = (b[i], a[i]);
    }

    /// <summary>What every function that fills one picture from another asks for.</summary>
    internal static void RequireTwo(Image src, Image dst)
    {
        ArgumentNullException.ThrowIfNull(src);
        ArgumentNullException.ThrowIfNull(dst);
        if (ReferenceEquals(src, dst))
            throw new ArgumentException("The picture to fill must be another object than the one that is read.", nameof(dst));
        if (src.Width == 0)
            throw new ArgumentException("The picture to read is empty.", nameof(src));
    }
}
