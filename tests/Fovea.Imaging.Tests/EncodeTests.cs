namespace Fovea.Imaging.Tests;

public class EncodeTests
{
    [SkippableTheory]
    [InlineData("rgb8.png", 3)]
    [InlineData("grey8.png", 1)]
    [InlineData("one.png", 3)]
    public void Png_comes_back_as_it_was(string name, int channels)
    {
        Goldens.RequireLibraries();
        Image image = Goldens.Decode(name, channels), back = new();
        ImageInfo info = ImageDecoder.Decode(ImageEncoder.Png(image), back, new DecodeOptions { Channels = channels });
        Assert.Equal((ImageFormat.Png, channels), (info.Format, info.Channels));
        Assert.Equal(Goldens.Hash(image), Goldens.Hash(back));
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(3)]
    public void Jpeg_comes_back_nearly_as_it_was(int channels)
    {
        Goldens.RequireLibraries();
        Image image = new(), back = new();
        image.Reset(64, 48, channels);
        for (int y = 0; y < 48; y++)
            for (int x = 0; x < 64; x++)
                image.Row(y).Slice(x * channels, channels).Fill((byte)(2 * x + 2 * y));
        byte[] file = ImageEncoder.Jpeg(image, 95);
        ImageInfo info = ImageDecoder.Decode(file, back, new DecodeOptions { Channels = channels });
        Assert.Equal((ImageFormat.Jpeg, channels), (info.Format, info.Channels));
        // A smooth ramp at quality 95: quantisation steps are 1 to 12, so pixels move by a few levels at most.
        for (int i = 0; i < image.Pixels.Length; i++)
            Assert.InRange(Math.Abs(image.Pixels[i] - back.Pixels[i]), 0, 6);
        Assert.True(ImageEncoder.Jpeg(image, 20).Length < file.Length);
    }

    [Fact]
    public void Empty_pictures_and_bad_qualities_are_refused()
    {
        Image image = new();
        Assert.Throws<ArgumentException>(() => ImageEncoder.Png(image));
        image.Reset(1, 1, 3);
        Assert.Throws<ArgumentOutOfRangeException>(() => ImageEncoder.Jpeg(image, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => ImageEncoder.Jpeg(image, 101));
    }

    [Fact]
    public void Libraries_are_reported_with_their_packages()
    {
        IReadOnlyList<ImagingLibrary> report = ImagingLibraries.Report();
        Assert.Equal(["libturbojpeg0", "libpng16-16", "libwebp7"], report.Select(library => library.Package));
        Assert.All(report, library => Assert.Equal(library.Found, library.Version is not null));
    }
}
