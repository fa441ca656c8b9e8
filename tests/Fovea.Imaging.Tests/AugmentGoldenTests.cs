using System.Globalization;
using System.Security.Cryptography;

namespace Fovea.Imaging.Tests;

/// <summary>The operations of augmentation against Pillow's and torchvision's bytes (goldens/augment.py): all of them exactly.</summary>
public class AugmentGoldenTests
{
    private const int DigestLetters = 16;

    [Fact]
    public void Every_operation_gives_the_peers_bytes()
    {
        string[] lines = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "goldens", "augment.tsv"));
        Assert.True(lines.Length > 400);
        List<string> wrong = [];
        foreach (string line in lines)
        {
            string[] cells = line.Split('\t');
            Image result = Apply(Chart(cells[0]), cells[1], cells[2..^1]);
            string digest = Convert.ToHexStringLower(SHA256.HashData(result.Pixels))[..DigestLetters];
            if (digest != cells[^1])
                wrong.Add(string.Join(' ', cells[..^1]));
        }
        Assert.True(wrong.Count == 0, $"{wrong.Count} of {lines.Length} differ: {string.Join("; ", wrong)}");
    }

    [Fact]
    public void A_warp_into_its_own_picture_is_refused()
    {
        Image image = Chart("grey-19x23");
        Assert.Throws<ArgumentException>(() => Warp.Rotate(image, image, 10, WarpFilter.Nearest, default));
        Assert.Throws<ArgumentException>(() => Enhance.Sharpness(image, image, 2));
        Assert.Throws<ArgumentException>(() => Warp.Rotate(new Image(), image, 10, WarpFilter.Nearest, default));
    }

    private static Image Apply(Image image, string op, string[] arguments)
    {
        Image other = new();
        double Number(int i) => double.Parse(arguments[i], CultureInfo.InvariantCulture);
        WarpFilter Filter() => arguments[^2] == "nearest" ? WarpFilter.Nearest : WarpFilter.Bilinear;
        PixelFill Fill()
        {
            byte[] values = [.. arguments[^1].Split(':').Select(v => byte.Parse(v, CultureInfo.InvariantCulture))];
            return new PixelFill(values[0], values[values.Length / 2], values[^1]);
        }
        switch (op)
        {
            case "brightness":
                Enhance.Brightness(image, (float)Number(0));
                return image;
            case "contrast":
                Enhance.Contrast(image, (float)Number(0));
                return image;
            case "saturation":
                Enhance.Saturation(image, (float)Number(0));
                return image;
            case "hue":
                Hue.Shift(image, Number(0));
                return image;
            case "sharpness":
                Enhance.Sharpness(image, other, (float)Number(0));
                return other;
            case "grey":
                Enhance.Grey(image);
                return image;
            case "posterize":
                Tone.Posterize(image, (int)Number(0));
                return image;
            case "solarize":
                Tone.Solarize(image, Number(0));
                return image;
            case "autocontrast":
                Tone.AutoContrast(image);
                return image;
            case "equalize":
                Tone.Equalize(image);
                return image;
            case "rotate":
                Warp.Rotate(image, other, Number(0), Filter(), Fill());
                return other;
            default:
                Assert.Equal("affine", op);
                var map = AffineMap.Inverse((image.Width * 0.5, image.Height * 0.5), Number(0), (Number(1), Number(2)), Number(3), (Number(4), Number(5)));
                Warp.Apply(image, other, map, Filter(), Fill());
                return other;
        }
    }

    private static Image Chart(string name)
    {
        string[] parts = name.Split('-', 'x');
        int width = int.Parse(parts[1], CultureInfo.InvariantCulture), height = int.Parse(parts[2], CultureInfo.InvariantCulture);
        Image image = new();
        image.Reset(width, height, parts[0] == "grey" ? 1 : 3);
        for (int y = 0, at = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                for (int c = 0; c < image.Channels; c++, at++)
                {
                    int i = y * width + x;
                    int value = ((x * (7 + c)) + (y * (13 - (3 * c))) + (((x * x) + (3 * y * y) + (11 * c * x)) % 97 * 2) + (50 * c)) % 256;
                    image.Pixels[at] = parts[0] switch
                    {
                        "cube" => (byte)((i >> (6 * c)) % 64 * 4 + c + 1),
                        "narrow" => (byte)(value % 64 + 60),
                        _ => (byte)value,
                    };
                }
            }
        }
        return image;
    }
}
