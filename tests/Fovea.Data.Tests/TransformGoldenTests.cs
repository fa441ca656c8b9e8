using System.Security.Cryptography;
using Fovea.Data.Transforms;
using Fovea.Imaging;

namespace Fovea.Data.Tests;

/// <summary>The geometry before a network is torchvision's on Pillow's images, byte for byte: goldens/make_transforms.py.</summary>
public class TransformGoldenTests
{
    [Fact]
    public void Resizing_and_cropping_odd_sizes_gives_torchvisions_bytes()
    {
        Image source = new(), scratch = new();
        int cases = 0;
        foreach (string line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "goldens", "transforms.tsv")))
        {
            string[] row = line.Split('\t');
            Fill(source, int.Parse(row[0]), int.Parse(row[1]));
            Image result = TransformPipeline.Parse(row[2]).Apply(source, scratch, default);
            Assert.Equal($"{row[0]}x{row[1]} {row[2]}: {row[3]}x{row[4]}", $"{row[0]}x{row[1]} {row[2]}: {result.Width}x{result.Height}");
            Assert.True(row[5] == Convert.ToHexStringLower(SHA256.HashData(result.Pixels))[..32], $"{row[0]}x{row[1]} {row[2]}: other bytes");
            cases++;
        }
        Assert.Equal(100, cases);
    }

    private static void Fill(Image image, int width, int height)
    {
        image.Reset(width, height, 3);
        for (int y = 0; y < height; y++)
        {
            Span<byte> row = image.Row(y);
            for (int x = 0; x < width; x++)
            {
                for (int c = 0; c < 3; c++)
                    row[(3 * x) + c] = (byte)(((3 * x) + (5 * y) + (40 * c)) ^ (x * y >> 5));
            }
        }
    }
}
