using Fovea.Data.Transforms;
using Fovea.Kernels;
using FsCheck;
using FsCheck.Fluent;

namespace Fovea.Data.Tests;

public class TransformParseTests
{
    [Theory]
    [InlineData("random-crop(36,padding=4) random-resized-crop(32) hflip", null)]
    [InlineData("random-crop(32,padding=2,mode=reflect) alternating-flip", null)]
    [InlineData("random-crop(8,mode=constant)", "random-crop(8)")]
    [InlineData("resize(256) center-crop(224)", null)]
    [InlineData("resize(224x224,bicubic)", null)]
    [InlineData("resize(224x192,nearest)", null)]
    [InlineData("", null)]
    [InlineData("  hflip \t\n pad( 4 , fill = 7 ) ", "hflip pad(4,fill=7)")]
    [InlineData("resize(256,interpolation=bilinear)", "resize(256)")]
    [InlineData("hflip(p=0.5) hflip(0.25) hflip()", "hflip hflip(p=0.25) hflip")]
    [InlineData("center-crop(32x32) random-crop(8x9,padding=0)", "center-crop(32) random-crop(8x9)")]
    [InlineData("random-resized-crop(32,scale=0.08:1.0,ratio=0.5:2)", "random-resized-crop(32,ratio=0.5:2)")]
    [InlineData("vflip(0.5) grayscale(p=0.1) pca-noise(std=0.1) trivial-augment() rand-augment(2,9) random-erasing(p=0.5)", "vflip grayscale pca-noise trivial-augment rand-augment random-erasing")]
    [InlineData("color-jitter(0.4,0,0.2,hue=0.1)", "color-jitter(brightness=0.4,saturation=0.2,hue=0.1)")]
    [InlineData("rotate(15) rotate(-10:30,interpolation=bilinear,fill=1:2:3) affine(0,translate=0.1,scale=0.9:1.1,shear=-5:10,fill=7)", null)]
    [InlineData("affine(5:5,translate=0.1:0.2) rand-augment(3) rand-augment(2,14,fill=128) random-erasing(p=0.25,scale=0.1:0.2,fill=4)", null)]
    [InlineData("random-resized-crop(32,ratio=0.75:1.3333333333333333,scale=0.25:1,interpolation=bicubic)", "random-resized-crop(32,scale=0.25:1,interpolation=bicubic)")]
    public void Text_becomes_canonical_and_stays_so(string text, string? canonical)
    {
        string first = TransformPipeline.Parse(text).ToString();
        Assert.Equal(canonical ?? text, first);
        Assert.Equal(first, TransformPipeline.Parse(first).ToString());
    }

    [Theory]
    [InlineData("hfilp", "there is no transform 'hfilp'", "Did you mean 'hflip'?")]
    [InlineData("centre-crop(3)", "There are resize, center-crop", "Did you mean 'center-crop'?")]
    [InlineData("random-crop(36,paddign=4)", "there is no argument 'paddign'; allowed are padding, mode.", "Did you mean 'padding'?")]
    [InlineData("resize(224,bicubix)", "must be one of nearest, bilinear, bicubic", "Did you mean 'bicubic'?")]
    [InlineData("resize", "the size is missing", "Usage: resize(")]
    [InlineData("resize(0)", "the size '0'", "from 1 to 65535")]
    [InlineData("resize(-3)", "the size '-3'", "HEIGHTxWIDTH")]
    [InlineData("resize(3x)", "the size '3x'", "HEIGHTxWIDTH")]
    [InlineData("resize(99999)", "the size '99999'", "from 1 to 65535")]
    [InlineData("hflip(p=1.5)", "p=1.5 must be a number from 0 to 1", "Usage: hflip(p=0.5)")]
    [InlineData("hflip(p=nan)", "p=nan must be a number", "Usage")]
    [InlineData("hflip(0.5,p=0.5)", "'p' is given twice", "Usage")]
    [InlineData("hflip(p=0.5,p=0.5)", "'p' is given twice", "Usage")]
    [InlineData("hflip(p=0.5,1)", "'1' has no name but follows named arguments", "Usage")]
    [InlineData("center-crop(3,4)", "the argument '4' is one too many", "Usage")]
    [InlineData("pad(4,,fill=1)", "an argument is empty", "Usage")]
    [InlineData("pad(x)", "padding=x must be an integer from 0 to 4096", "Usage")]
    [InlineData("pad", "the padding is missing", "Usage")]
    [InlineData("random-resized-crop(32,scale=0:1)", "scale=0:1 must be LOW:HIGH", "scale=0.08:1")]
    [InlineData("random-resized-crop(32,scale=0.5)", "scale=0.5 must be LOW:HIGH", "Usage")]
    [InlineData("hflip rotate", "Transform 2 'rotate': the degrees are missing", "Usage: rotate(")]
    [InlineData("rotate(-5)", "must be X from 0 to 360", "LOW:HIGH")]
    [InlineData("rotate(30:10)", "must be X from 0 to 360", "LOW:HIGH")]
    [InlineData("rotate(5,interpolation=bicubic)", "must be one of nearest, bilinear", "Usage")]
    [InlineData("rotate(5,fill=1:2)", "fill=1:2 must be N or R:G:B", "255")]
    [InlineData("affine(5,translate=2)", "translate=2 must be a share", "X:Y")]
    [InlineData("affine(5,shear=90)", "from 0 to 89.9", "Usage")]
    [InlineData("color-jitter(0.1,0.1,0.1,0.6)", "hue=0.6 must be a number from 0 to 0.5", "Usage")]
    [InlineData("rand-augment(0)", "n=0 must be an integer from 1 to 16", "Usage")]
    [InlineData("rand-augment(2,31)", "m=31 must be an integer from 0 to 30", "Usage")]
    [InlineData("resize(3", "not closed", "resize")]
    [InlineData("resize(3)hflip", "a space must follow 'resize(3)'", "")]
    public void Errors_say_what_is_allowed(string text, string what, string help)
    {
        string error = Assert.Throws<FoveaException>(() => TransformPipeline.Parse(text)).Message;
        Assert.Contains(what, error);
        Assert.Contains(help, error);
    }

    [Theory]
    [InlineData("", 0, 0)]
    [InlineData("resize(256)", 0, 0)]
    [InlineData("resize(256) center-crop(224)", 224, 224)]
    [InlineData("resize(200x300)", 300, 200)]
    [InlineData("center-crop(20) pad(2)", 24, 24)]
    [InlineData("hflip", 0, 0)]
    [InlineData("random-resized-crop(8x6) hflip", 6, 8)]
    public void Output_size_is_known_before_any_picture(string text, int width, int height) =>
        Assert.Equal(width == 0 ? null : ((int, int)?)(width, height), TransformPipeline.Parse(text).OutputSize(null));

    [Fact]
    public void Output_size_follows_a_fixed_input()
    {
        Assert.Equal((28, 28), TransformPipeline.Empty.OutputSize((28, 28)));
        // int(256 * 333 / 100) = 852, as torchvision rounds down.
        Assert.Equal((256, 852), TransformPipeline.Parse("resize(256)").OutputSize((100, 333)));
        Assert.Equal((852, 256), TransformPipeline.Parse("resize(256)").OutputSize((333, 100)));
        Assert.Contains("does not fit", Assert.Throws<FoveaException>(() => TransformPipeline.Parse("random-crop(41,padding=4)").OutputSize((32, 32))).Message);
    }

    [Fact]
    public void Any_text_is_a_list_or_a_message()
    {
        // Random strings of the grammar's own pieces get further than random letters.
        string[] pieces = ["resize", "hflip", "pad", "random-crop", "random-resized-crop", "center-crop", "(", ")", ",", "=", ":", "x", " ", "3", "0.5", "-1", "p", "padding", "scale", "1e99", "é"];
        Prop.ForAll(Gen.Elements(pieces).ArrayOf().ToArbitrary(), parts =>
        {
            string text = string.Concat(parts);
            try
            {
                string canonical = TransformPipeline.Parse(text).ToString();
                Assert.Equal(canonical, TransformPipeline.Parse(canonical).ToString());
            }
            catch (FoveaException e)
            {
                Assert.NotEmpty(e.Message);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
    }

    [Fact]
    public void Randomness_is_known()
    {
        Assert.True(TransformPipeline.Parse("resize(3) hflip").IsRandom);
        Assert.False(TransformPipeline.Parse("resize(3) center-crop(2) hflip(p=1) pad(1)").IsRandom);
    }
}
