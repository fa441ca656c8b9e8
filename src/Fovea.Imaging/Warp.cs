namespace Fovea.Imaging;

/// <summary>Which source pixels make a pixel of a warped picture.</summary>
public enum WarpFilter
{
    /// <summary>The one under its centre.</summary>
    Nearest,

    /// <summary>The four around its centre, by their distance.</summary>
    Bilinear,
}

/// <summary>Affine warps with the arithmetic of Pillow's <c>Image.transform</c> and <c>Image.rotate</c>: the same bytes.</summary>
public static class Warp
{
    /// <summary>
    /// Turns <paramref name="src"/> about its middle by <paramref name="degrees"/> counter-clockwise into <paramref name="dst"/> of the same size; what comes from
    /// outside is <paramref name="fill"/>.
    /// </summary>
    /// <exception cref="ArgumentException"><paramref name="dst"/> is <paramref name="src"/>, or that is empty.</exception>
    public static void Rotate(Image src, Image dst, double degrees, WarpFilter filter, PixelFill fill)
    {
        ArgumentNullException.ThrowIfNull(src);
        // As Python's remainder: 0 to below 360.
        double angle = degrees - 360 * Math.Floor(degrees / 360);
        bool square = src.Width == src.Height;
        if (angle is 0 or 180)
        {
            Geometry.Crop(src, dst, 0, 0, src.Width, src.Height);
            if (angle == 180)
                Geometry.Rotate180(dst);
        }
        else if (square && angle == 90)
            Geometry.Rotate270(src, dst);
        else if (square && angle == 270)
            Geometry.Rotate90(src, dst);
        else
            Apply(src, dst, AffineMap.Rotation(src.Width, src.Height, angle), filter, fill);
    }

    /// <summary>Warps <paramref name="src"/> into <paramref name="dst"/> of the same size; what comes from outside is <paramref name="fill"/>.</summary>
    /// <exception cref="ArgumentException"><paramref name="dst"/> is <paramref name="src"/>, or that is empty.</exception>
    public static void Apply(Image src, Image dst, in AffineMap map, WarpFilter filter, PixelFill fill)
    {
        Geometry.RequireTwo(src, dst);
        dst.Reset(src.Width, src.Height, src.Channels);
        fill.Over(dst.Pixels, dst.Channels);
        if (filter == WarpFilter.Bilinear)
            Bilinear(src, dst, map);
        else if (map.B == 0 && map.D == 0)
            Scaled(src, dst, map);
        else if (IsFixed(map, 0, 0) && IsFixed(map, dst.Width, dst.Height) && IsFixed(map, 0, dst.Height) && IsFixed(map, dst.Width, 0))
            Fixed(src, dst, map);
        else
            Floating(src, dst, map);
    }

    private static void Copy(Image src, int x, int y, Span<byte> to)
    {
        ReadOnlySpan<byte> from = src.Pixels.Slice((y * src.Width + x) * src.Channels, src.Channels);
        to[0] = from[0];
        if (from.Length == 3)
            (to[1], to[2]) = (from[1], from[2]);
    }

    // Steps are added up, as Pillow does, since multiplying rounds differently.
    private static void Scaled(Image src, Image dst, in AffineMap map)
    {
        double y = map.F + map.E * 0.5;
        for (int row = 0; row < dst.Height; row++, y += map.E)
        {
            int from = Cell(y);
            if (from < 0 || from >= src.Height)
                continue;
            double x = map.C + map.A * 0.5;
            Span<byte> to = dst.Row(row);
            for (int i = 0; i < to.Length; i += src.Channels, x += map.A)
            {
                if (Cell(x) is >= 0 and var column && column < src.Width)
                    Copy(src, column, from, to[i..]);
            }
        }
    }

    private static void Fixed(Image src, Image dst, in AffineMap map)
    {
        int a = Fix(map.A), b = Fix(map.B), d = Fix(map.D), e = Fix(map.E);
        int firstX = Fix(map.C + map.A * 0.5 + map.B * 0.5), firstY = Fix(map.F + map.D * 0.5 + map.E * 0.5);
        for (int row = 0; row < dst.Height; row++, firstX += b, firstY += e)
        {
            Span<byte> to = dst.Row(row);
            (int x, int y) = (firstX, firstY);
            for (int i = 0; i < to.Length; i += src.Channels, x += a, y += d)
            {
                (int column, int line) = (x >> 16, y >> 16);
                if ((uint)column < (uint)src.Width && (uint)line < (uint)src.Height)
                    Copy(src, column, line, to[i..]);
            }
        }
    }

    private static void Floating(Image src, Image dst, in AffineMap map)
    {
        double firstX = map.C + map.B * 0.5 + map.A * 0.5, firstY = map.F + map.E * 0.5 + map.D * 0.5;
        for (int row = 0; row < dst.Height; row++, firstX += map.B, firstY += map.E)
        {
            Span<byte> to = dst.Row(row);
            (double x, double y) = (firstX, firstY);
            for (int i = 0; i < to.Length; i += src.Channels, x += map.A, y += map.D)
            {
                (int column, int line) = (Cell(x), Cell(y));
                if ((uint)column < (uint)src.Width && (uint)line < (uint)src.Height)
                    Copy(src, column, line, to[i..]);
            }
        }
    }

    private static void Bilinear(Image src, Image dst, in AffineMap map)
    {
        ReadOnlySpan<byte> pixels = src.Pixels;
        int channels = src.Channels, stride = src.Width * channels;
        for (int row = 0; row < dst.Height; row++)
        {
            Span<byte> to = dst.Row(row);
            for (int column = 0; column < dst.Width; column++)
            {
                double cx = column + 0.5, cy = row + 0.5;
                double x = map.A * cx + map.B * cy + map.C, y = map.D * cx + map.E * cy + map.F;
                if (!(x >= 0 && x < src.Width && y >= 0 && y < src.Height))
                    continue;
                (x, y) = (x - 0.5, y - 0.5);
                (int left, int top) = ((int)Math.Floor(x), (int)Math.Floor(y));
                (double dx, double dy) = (x - left, y - top);
                // Beyond an edge its own pixels go on.
                int x0 = Math.Max(left, 0) * channels, x1 = Math.Min(left + 1, src.Width - 1) * channels;
                int y0 = Math.Max(top, 0) * stride, y1 = Math.Min(top + 1, src.Height - 1) * stride;
                for (int c = 0; c < channels; c++)
                {
                    int upperLeft = pixels[y0 + x0 + c], lowerLeft = pixels[y1 + x0 + c];
                    double upper = upperLeft + (pixels[y0 + x1 + c] - upperLeft) * dx, lower = lowerLeft + (pixels[y1 + x1 + c] - lowerLeft) * dx;
                    to[column * channels + c] = (byte)(upper + (lower - upper) * dy);
                }
            }
        }
    }

    private static bool IsFixed(in AffineMap map, double x, double y) =>
        Math.Abs(x * map.A + y * map.B + map.C) < 32768 && Math.Abs(x * map.D + y * map.E + map.F) < 32768;

    private static int Fix(double value) => (int)Math.Floor(value * 65536.0 + 0.5);

    private static int Cell(double value) => value < 0 ? -1 : (int)value;
}
