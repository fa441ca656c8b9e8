using System.Buffers.Binary;
using Fovea.Kernels;

namespace Fovea.Cli.Tests.Support;

/// <summary>Small pictures that a network learns in no time: bright to the left or bright to the right. BMP, which needs no native library to be
/// read.</summary>
internal static class Pictures
{
    /// <summary>Bytes before a BMP file's pixels.</summary>
    public const int Header = 54;

    /// <summary>A BMP file of 28x28 pixels, noise with one bright half.</summary>
    public static byte[] Bmp(bool left, uint number)
    {
        const int Side = 28;
        byte[] file = BmpHeader(Side, Side, Header + Side * Side * 3);
        PhiloxKey key = new(7, RandomStream.Augmentation, left ? 1u : 0u, number);
        for (int i = 0; i < Side * Side; i++)
            file.AsSpan(Header + 3 * i, 3).Fill((byte)((i % Side < Side / 2 == left ? 160 : 0) + key.Below((ulong)i, 96)));
        return file;
    }

    /// <summary>The header of a 24-bit BMP file, in an array of <paramref name="bytes"/> whose pixels are black.</summary>
    public static byte[] BmpHeader(int width, int height, int bytes)
    {
        byte[] file = new byte[bytes];
        "BM"u8.CopyTo(file);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(2), bytes);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(10), Header);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(14), 40);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(18), width);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(22), height);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(26), 1);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(28), 24);
        return file;
    }

    /// <summary>A data set with train and val folders of the classes "left" and "right" (and others, where they are named).</summary>
    public static void WriteDataSet(string folder, int train, int val, params string[] classes)
    {
        foreach ((string split, int count, uint first) in ((string, int, uint)[])[("train", train, 0), ("val", val, 1000)])
        {
            foreach (string name in classes.Length == 0 ? ["left", "right"] : classes)
            {
                string target = Directory.CreateDirectory(Path.Combine(folder, split, name)).FullName;
                for (uint i = 0; i < count; i++)
                    File.WriteAllBytes(Path.Combine(target, $"{i:000}.bmp"), Bmp(name == "left", first + i));
            }
        }
    }
}
