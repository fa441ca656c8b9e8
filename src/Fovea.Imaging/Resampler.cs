namespace Fovea.Imaging;

/// <summary>Resizes pictures with Pillow's arithmetic: the same bytes as its <c>Image.resize</c>.</summary>
public static class Resampler
{
    [ThreadStatic]
    private static ResampleTable? t_horizontal;

    [ThreadStatic]
    private static ResampleTable? t_vertical;

    [ThreadStatic]
    private static Image? t_rows;

    /// <summary>
    /// Writes <paramref name="src"/>, or the part of it inside <paramref name="box"/>, at <paramref name="width"/> x <paramref name="height"/> into <paramref name="dst"/>.
    /// Allocates nothing once the thread's scratch memory and <paramref name="dst"/> have grown to the sizes in use.
    /// </summary>
    /// <param name="src">The picture to read, 1 or 3 channels.</param>
    /// <param name="dst">The picture to fill; another object than <paramref name="src"/>.</param>
    /// <param name="width">New width, at least 1.</param>
    /// <param name="height">New height, at least 1.</param>
    /// <param name="interpolation">The filter.</param>
    /// <param name="box">Edges of the part to read, in pixels of <paramref name="src"/>, fractions allowed: 0 &lt;= left &lt; right &lt;= src.Width, likewise top and bottom. Null: all of it.</param>
    /// <exception cref="ArgumentException"><paramref name="dst"/> is <paramref name="src"/>, or a size or the box is outside its range.</exception>
    public static void Resize(Image src, Image dst, int width, int height, Interpolation interpolation,
        (float Left, float Top, float Right, float Bottom)? box = null)
    {
        Geometry.RequireTwo(src, dst);
        (float left, float top, float right, float bottom) = box ?? (0, 0, src.Width, src.Height);
        // Written so that NaN fails too.
        if (!(left >= 0 && top >= 0 && right <= src.Width && bottom <= src.Height && left < right && top < bottom))
            throw new ArgumentException($"The box ({left}, {top}, {right}, {bottom}) must have an area inside the picture of {src.Width}x{src.Height}.", nameof(box));
        dst.Reset(width, height, src.Channels);
        if (interpolation == Interpolation.Nearest)
            Nearest(src, dst, left, top, right, bottom);
        else
            Filtered(src, dst, (left, top, right, bottom), interpolation);
    }

    // Pillow goes over the columns first, over those rows only that the second pass reads; a pass that would change nothing is left out.
    private static void Filtered(Image src, Image dst, (float Left, float Top, float Right, float Bottom) box, Interpolation filter)
    {
        bool horizontal = dst.Width != src.Width || box.Left != 0 || box.Right != dst.Width;
        bool vertical = dst.Height != src.Height || box.Top != 0 || box.Bottom != dst.Height;
        ResampleTable rows = t_vertical ??= new ResampleTable();
        if (vertical)
            rows.Fill(src.Height, box.Top, box.Bottom, dst.Height, filter);
        Image between = src;
        int firstRow = 0;
        if (horizontal)
        {
            ResampleTable columns = t_horizontal ??= new ResampleTable();
            columns.Fill(src.Width, box.Left, box.Right, dst.Width, filter);
            int endRow = src.Height;
            if (vertical)
                (firstRow, endRow) = (rows.First[0], rows.First[dst.Height - 1] + rows.Count[dst.Height - 1]);
            between = vertical ? t_rows ??= new Image() : dst;
            between.Reset(dst.Width, endRow - firstRow, src.Channels);
            HorizontalPass.Run(src, firstRow, columns, between);
        }
        if (vertical)
            VerticalPass.Run(between, firstRow, rows, dst);
        else if (!horizontal)
            src.Pixels.CopyTo(dst.Pixels);
    }

    // Steps are added up in double, as Pillow does, since multiplying rounds differently.
    private static void Nearest(Image src, Image dst, float left, float top, float right, float bottom)
    {
        double stepX = (double)(right - left) / dst.Width, stepY = (double)(bottom - top) / dst.Height;
        double y = top + stepY * 0.5;
        for (int row = 0; row < dst.Height; row++, y += stepY)
        {
            ReadOnlySpan<byte> from = src.Row(Math.Min((int)y, src.Height - 1));
            Span<byte> to = dst.Row(row);
            double x = left + stepX * 0.5;
            for (int i = 0; i < to.Length; i += src.Channels, x += stepX)
            {
                int at = Math.Min((int)x, src.Width - 1) * src.Channels;
                to[i] = from[at];
                if (src.Channels == 3)
                    (to[i + 1], to[i + 2]) = (from[at + 1], from[at + 2]);
            }
        }
    }
}
