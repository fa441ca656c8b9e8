using System.Text;

namespace Fovea.Imaging.Tests;

public class SignatureTests
{
    [Theory]
    [InlineData("420.jpg", ImageFormat.Jpeg)]
    [InlineData("png-inside.jpg", ImageFormat.Png)]
    [InlineData("lossy.webp", ImageFormat.WebP)]
    [InlineData("os2.bmp", ImageFormat.Bmp)]
    public void Formats_are_found_in_the_first_bytes(string name, ImageFormat format) =>
        Assert.Equal(format, ImageSignature.Detect(Goldens.File(name).AsSpan(0, ImageSignature.Length)).Format);

    [Fact]
    public void Every_beginning_of_a_file_can_be_asked_about()
    {
        foreach (string name in new[] { "420.jpg", "rgb8.png", "lossy.webp", "os2.bmp" })
            for (int length = 0; length < 80; length++)
                _ = ImageSignature.Detect(Goldens.File(name).AsSpan(0, length));
    }

    [Fact]
    public void Text_that_begins_like_a_bitmap_is_none() =>
        Assert.Null(ImageSignature.Detect(Encoding.ASCII.GetBytes("BMW builds cars, and this is a text.")).Format);

    [Theory]
    [InlineData("a/b.JPG", true)]
    [InlineData("b.webp", true)]
    [InlineData("b.gif", true)]
    [InlineData("b.txt", false)]
    [InlineData("jpg", false)]
    public void Endings(string path, bool image) => Assert.Equal(image, ImageSignature.HasImageEnding(path));
}
