namespace Fovea.Imaging.Tests;

/// <summary>Resizing gives Pillow's bytes.</summary>
public class ResamplerTests
{
    private static (float, float, float, float)? Box(string text)
    {
        if (text.Length == 0)
            return null;
        float[] edges = [.. text.Split(',').Select(float.Parse)];
        return (edges[0], edges[1], edges[2], edges[3]);
    }

    [SkippableFact]
    public void Every_size_filter_and_box_is_pillows()
    {
        Goldens.RequireLibraries();
        Image small = new();
        int cases = 0;
        foreach (string[] r in Goldens.Table("resize.tsv"))
        {
            Image image = Goldens.Decode(r[0], r[0].StartsWith("grey", StringComparison.Ordinal) ? 1 : 3);
            Resampler.Resize(image, small, int.Parse(r[2]), int.Parse(r[3]), Enum.Parse<Interpolation>(r[1]), Box(r[4]));
            Assert.True(r[5] == Goldens.Hash(small), $"{string.Join(' ', r)}: other bytes");
            cases++;
        }
        Assert.True(cases > 200);
    }

    [Theory]
    [InlineData(1, Interpolation.Bilinear)]
    [InlineData(3, Interpolation.Bilinear)]
    [InlineData(1, Interpolation.Bicubic)]
    [InlineData(3, Interpolation.Bicubic)]
    [InlineData(3, Interpolation.Nearest)]
    public void A_flat_picture_stays_flat(int channels, Interpolation filter)
    {
        Image image = new(), other = new();
        foreach ((int width, int height) in new[] { (1, 1), (3, 2), (1, 300), (300, 1), (41, 37) })
        {
            image.Reset(width, height, channels);
            image.Pixels.Fill(201);
            foreach ((int w, int h) in new[] { (1, 1), (2, 5), (17, 16), (64, 3), (3, 64), (100, 90) })
            {
                Resampler.Resize(image, other, w, h, filter);
                Assert.Equal((w, h, channels), (other.Width, other.Height, other.Channels));
                Assert.Equal(-1, other.Pixels.IndexOfAnyExcept((byte)201));
            }
        }
    }

    /// <summary>The picture's memory is larger than the picture, and holds rubbish behind it: none of it may show.</summary>
    [Fact]
    public void What_lies_behind_the_picture_does_not_matter()
    {
        Image fresh = new(), used = new(), a = new(), b = new();
        used.Reset(200, 200, 3);
        used.Pixels.Fill(255);
        foreach (Image image in new[] { fresh, used })
        {
            image.Reset(13, 11, 3);
            for (int i = 0; i < image.Pixels.Length; i++)
                image.Pixels[i] = (byte)(i * 7);
        }
        foreach ((int w, int h) in new[] { (5, 5), (13, 4), (4, 11), (30, 30), (1, 1) })
        {
            Resampler.Resize(fresh, a, w, h, Interpolation.Bicubic);
            Resampler.Resize(used, b, w, h, Interpolation.Bicubic);
            Assert.Equal(a.Pixels.ToArray(), b.Pixels.ToArray());
        }
    }

    [Theory]
    [InlineData(-1, 0, 5, 5)]
    [InlineData(0, 0, 9, 5)]
    [InlineData(3, 0, 3, 5)]
    [InlineData(0, 4, 5, 2)]
    [InlineData(0, 0, float.NaN, 5)]
    public void A_box_outside_is_refused(float left, float top, float right, float bottom)
    {
        Image image = new();
        image.Reset(8, 8, 3);
        ArgumentException error = Assert.Throws<ArgumentException>(() => Resampler.Resize(image, new Image(), 4, 4, Interpolation.Bilinear, (left, top, right, bottom)));
        Assert.Contains("8x8", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sizes_and_targets_are_checked()
    {
        Image image = new();
        Assert.Throws<ArgumentException>(() => Resampler.Resize(image, new Image(), 4, 4, Interpolation.Bilinear));
        image.Reset(8, 8, 3);
        Assert.Throws<ArgumentException>(() => Resampler.Resize(image, image, 4, 4, Interpolation.Bilinear));
        Assert.Throws<ArgumentOutOfRangeException>(() => Resampler.Resize(image, new Image(), 0, 4, Interpolation.Bilinear));
        Assert.Throws<ArgumentOutOfRangeException>(() => Resampler.Resize(image, new Image(), int.MaxValue, int.MaxValue, Interpolation.Bilinear));
    }
}
