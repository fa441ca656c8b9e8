namespace Fovea.Imaging.Tests;

public class GeometryTests
{
    private static Image Numbered(int width, int height, int channels)
    {
        Image image = new();
        image.Reset(width, height, channels);
        for (int i = 0; i < image.Pixels.Length; i++)
            image.Pixels[i] = (byte)(i + 1);
        return image;
    }

    private static string Text(Image image) => string.Join(' ', image.Pixels.ToArray());

    [Fact]
    public void Turns_and_mirrors_grey()
    {
        // 1 2 3
        // 4 5 6
        Image image = Numbered(3, 2, 1), to = new();
        Geometry.Rotate90(image, to);
        Assert.Equal("4 1 5 2 6 3", Text(to));
        Geometry.Rotate270(image, to);
        Assert.Equal("3 6 2 5 1 4", Text(to));
        Geometry.Transpose(image, to);
        Assert.Equal("1 4 2 5 3 6", Text(to));
        Geometry.Transverse(image, to);
        Assert.Equal("6 3 5 2 4 1", Text(to));
        Assert.Equal((2, 3), (to.Width, to.Height));
        Geometry.FlipHorizontal(image);
        Assert.Equal("3 2 1 6 5 4", Text(image));
        Geometry.FlipVertical(image);
        Assert.Equal("6 5 4 3 2 1", Text(image));
        Geometry.Rotate180(image);
        Assert.Equal("1 2 3 4 5 6", Text(image));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Turning_four_times_is_nothing(int channels)
    {
        Image image = Numbered(5, 4, channels), a = new(), b = new();
        Geometry.Rotate90(image, a);
        Geometry.Rotate90(a, b);
        Geometry.Rotate180(b);
        Assert.Equal(Text(image), Text(b));
        Geometry.Rotate270(a, b);
        Assert.Equal(Text(image), Text(b));
        Geometry.Transpose(image, a);
        Geometry.Transverse(a, b);
        Geometry.Rotate180(b);
        Assert.Equal(Text(image), Text(b));
    }

    [Fact]
    public void Flipping_keeps_the_channels_of_a_pixel_together()
    {
        Image image = Numbered(3, 1, 3);
        Geometry.FlipHorizontal(image);
        Assert.Equal("7 8 9 4 5 6 1 2 3", Text(image));
    }

    [Fact]
    public void Crop_undoes_pad()
    {
        Image image = Numbered(4, 3, 3), padded = new(), back = new();
        Geometry.Pad(image, padded, 1, 2, 3, 4, 99);
        Assert.Equal((8, 9), (padded.Width, padded.Height));
        Assert.Equal(8 * 9 - 4 * 3, padded.Pixels.ToArray().Chunk(3).Count(p => p is [99, 99, 99]));
        Geometry.Crop(padded, back, 1, 2, 4, 3);
        Assert.Equal(Text(image), Text(back));
    }

    [Theory]
    [InlineData(-1, 0, 2, 2)]
    [InlineData(3, 0, 2, 2)]
    [InlineData(0, 0, 5, 2)]
    [InlineData(0, 0, 0, 2)]
    [InlineData(0, int.MaxValue, 1, 1)]
    public void A_crop_outside_is_refused(int x, int y, int width, int height) =>
        Assert.Throws<ArgumentException>(() => Geometry.Crop(Numbered(4, 3, 1), new Image(), x, y, width, height));

    [Fact]
    public void Source_and_target_must_differ()
    {
        Image image = Numbered(4, 3, 1);
        Assert.Throws<ArgumentException>(() => Geometry.Crop(image, image, 0, 0, 1, 1));
        Assert.Throws<ArgumentException>(() => Geometry.Pad(image, new Image(), -1, 0, 0, 0, 0));
    }
}
