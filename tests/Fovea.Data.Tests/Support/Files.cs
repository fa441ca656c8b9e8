using System.Buffers.Binary;
using System.Formats.Tar;
using System.IO.Compression;

namespace Fovea.Data.Tests.Support;

/// <summary>Files in the formats that data sets come in.</summary>
internal static class Files
{
    public static byte[] Idx(int[] shape, byte[] values, byte type = 8)
    {
        byte[] file = new byte[4 + 4 * shape.Length + values.Length];
        (file[2], file[3]) = (type, (byte)shape.Length);
        for (int d = 0; d < shape.Length; d++)
            BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(4 + 4 * d), shape[d]);
        values.CopyTo(file, 4 + 4 * shape.Length);
        return file;
    }

    public static byte[] Gzip(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
            gzip.Write(content);
        return packed.ToArray();
    }

    public static byte[] TarGz(params (string Name, byte[] Content)[] files)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        using (var tar = new TarWriter(gzip))
        {
            foreach ((string name, byte[] content) in files)
                tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content) });
        }
        return packed.ToArray();
    }

    /// <summary>A 24-bit bitmap: rows from the bottom up, blue first, each row padded to four bytes.</summary>
    public static byte[] Bmp(int width, int height, Func<int, int, (byte R, byte G, byte B)> pixel)
    {
        int stride = (3 * width + 3) / 4 * 4;
        byte[] file = new byte[54 + stride * height];
        "BM"u8.CopyTo(file);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(2), file.Length);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(10), 54);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(14), 40);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(18), width);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(22), height);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(26), 1);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(28), 24);
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                int at = 54 + (height - 1 - y) * stride + 3 * x;
                (file[at + 2], file[at + 1], file[at]) = pixel(x, y);
            }
        }
        return file;
    }

    public static byte[] Bmp(int width, int height, byte shade) => Bmp(width, height, (x, y) => (shade, (byte)(shade + x), (byte)(shade + y)));

    /// <summary>The four files of an idx data set with <paramref name="train"/> and <paramref name="test"/> pictures; picture i has the class i % 10 and the value i in every pixel.</summary>
    public static void WriteIdx(TempFolder folder, int train, int test, bool gzip, string under = "")
    {
        foreach ((string prefix, int count) in new[] { ("train", train), ("t10k", test) })
        {
            byte[] pixels = [.. Enumerable.Range(0, count).SelectMany(i => Enumerable.Repeat((byte)i, 784))];
            byte[] labels = [.. Enumerable.Range(0, count).Select(i => (byte)(i % 10))];
            Put($"{prefix}-images-idx3-ubyte", Idx([count, 28, 28], pixels));
            Put($"{prefix}-labels-idx1-ubyte", Idx([count], labels));
        }
        void Put(string name, byte[] content) => folder.Write(Path.Combine(under, gzip ? name + ".gz" : name), gzip ? Gzip(content) : content);
    }
}
