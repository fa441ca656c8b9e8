using System.Buffers.Binary;

namespace Fovea.Imaging;

/// <summary>The one entry of an EXIF block that changes pixels. A block that makes no sense counts as none, as in Pillow.</summary>
internal static class Exif
{
    private const int OrientationTag = 0x112;

    /// <summary>Orientation 1 to 8 from a TIFF structure ("II*\0" or "MM\0*", with or without "Exif\0\0" before it); 1 where there is none.</summary>
    internal static int Orientation(ReadOnlySpan<byte> block)
    {
        if (block.StartsWith("Exif\0"u8))
            block = block[Math.Min(6, block.Length)..];
        if (block.Length < 8)
            return 1;
        bool little = block.StartsWith("II"u8);
        if (!little && !block.StartsWith("MM"u8) || U16(block, 2, little) != 42)
            return 1;
        long directory = U32(block, 4, little);
        if (directory < 8 || directory + 2 > block.Length)
            return 1;
        int entries = U16(block, (int)directory, little);
        for (int i = 0; i < entries; i++)
        {
            long at = directory + 2 + 12L * i;
            if (at + 12 > block.Length)
                return 1;
            if (U16(block, (int)at, little) == OrientationTag)
                return Value(block.Slice((int)at, 12), little);
        }
        return 1;
    }

    // Writers use SHORT as the standard has it; BYTE and LONG occur and are plain as well.
    private static int Value(ReadOnlySpan<byte> entry, bool little)
    {
        if (U32(entry, 4, little) != 1)
            return 1;
        uint value = U16(entry, 2, little) switch
        {
            1 => entry[8],
            3 => U16(entry, 8, little),
            4 => U32(entry, 8, little),
            _ => 1,
        };
        return value is >= 1 and <= 8 ? (int)value : 1;
    }

    private static ushort U16(ReadOnlySpan<byte> from, int at, bool little) =>
        little ? BinaryPrimitives.ReadUInt16LittleEndian(from[at..]) : BinaryPrimitives.ReadUInt16BigEndian(from[at..]);

    private static uint U32(ReadOnlySpan<byte> from, int at, bool little) =>
        little ? BinaryPrimitives.ReadUInt32LittleEndian(from[at..]) : BinaryPrimitives.ReadUInt32BigEndian(from[at..]);
}
