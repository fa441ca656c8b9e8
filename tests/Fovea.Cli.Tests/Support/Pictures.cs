using Fovea.Imaging;
using Fovea.Kernels;

namespace Fovea.Cli.Tests.Support;

/// <summary>Small pictures that a network learns in no time: bright to the left or bright to the right.</summary>
internal static class Pictures
{
    /// <summary>A PNG file of 28x28 grey pixels, noise with one bright half.</summary>
    public static byte[] Png(bool left, uint number)
    {
        Image image = new();
        image.Reset(28, 28, 1);
        PhiloxKey key = new(7, RandomStream.Augmentation, left ? 1u : 0u, number);
        for (int i = 0; i < image.Pixels.Length; i++)
            image.Pixels[i] = (byte)((i % 28 < 14 == left ? 160 : 0) + key.Below((ulong)i, 96));
        return ImageEncoder.Png(image);
    }

    /// <summary>A data set with train and val folders of the classes "left" and "right".</summary>
    public static void WriteDataSet(string folder, int train, int val)
    {
        foreach ((string split, int count, uint first) in ((string, int, uint)[])[("train", train, 0), ("val", val, 1000)])
        {
            foreach (bool left in (bool[])[true, false])
            {
                string target = Directory.CreateDirectory(Path.Combine(folder, split, left ? "left" : "right")).FullName;
                for (uint i = 0; i < count; i++)
                    File.WriteAllBytes(Path.Combine(target, $"{i:000}.png"), Png(left, first + i));
            }
        }
    }
}
