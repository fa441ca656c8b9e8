using System.Buffers.Binary;
using System.IO.Compression;

namespace Fovea.Imaging;

/// <summary>Writes PNG without a native library: every row filtered by "sub" for photographs' sake, compressed by zlib.</summary>
internal static class PngWriter
{
    private const byte FilterSub = 1;

    internal static byte[] Write(Image image)
    {
        MemoryStream file = new();
        file.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]);
        Span<byte> header = stackalloc byte[13];
        header.Clear();
        BinaryPrimitives.WriteInt32BigEndian(header, image.Width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], image.Height);
        header[8] = 8;
        header[9] = (byte)(image.Channels == 1 ? 0 : 2);
        Chunk(file, "IHDR"u8, header);
        Chunk(file, "IDAT"u8, Compressed(image));
        Chunk(file, "IEND"u8, []);
        return file.ToArray();
    }

    private static ReadOnlySpan<byte> Compressed(Image image)
    {
        MemoryStream bytes = new();
        using (ZLibStream zlib = new(bytes, CompressionLevel.Optimal, leaveOpen: true))
        {
            byte[] filtered = new byte[1 + image.Width * image.Channels];
            filtered[0] = FilterSub;
            for (int y = 0; y < image.Height; y++)
            {
                ReadOnlySpan<byte> row = image.Row(y);
                for (int i = 0; i < row.Length; i++)
                    filtered[1 + i] = (byte)(row[i] - (i < image.Channels ? 0 : row[i - image.Channels]));
                zlib.Write(filtered);
            }
        }
        return bytes.GetBuffer().AsSpan(0, (int)bytes.Length);
    }

    private static void Chunk(MemoryStream file, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> word = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(word, data.Length);
        file.Write(word);
        file.Write(type);
        file.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(word, PngCrc.Of(type, data));
        file.Write(word);
    }
}
