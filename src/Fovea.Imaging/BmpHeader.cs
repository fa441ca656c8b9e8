using System.Buffers.Binary;

namespace Fovea.Imaging;

/// <summary>The headers of a bitmap: Windows version 2 to 5 and OS/2 version 1 and 2.</summary>
internal readonly ref struct BmpHeader
{
    internal const int Raw = 0, Rle8 = 1, Rle4 = 2, BitFields = 3, AlphaBitFields = 6;
    private const int FileHeader = 14, Os2Header = 12, MaxColours = 65536;

    internal ImageInfo Info { get; private init; }

    internal bool TopDown { get; private init; }

    /// <summary>Bits of a pixel in the file: 1, 2, 4, 8, 16, 24 or 32.</summary>
    internal int Bits { get; private init; }

    internal int Compression { get; private init; }

    /// <summary>Entries of <see cref="PaletteEntry"/> bytes: blue, green, red (and one unused); as many as the file has.</summary>
    internal ReadOnlySpan<byte> Palette { get; private init; }

    internal int PaletteEntry { get; private init; }

    internal uint RedMask { get; private init; }

    internal uint GreenMask { get; private init; }

    internal uint BlueMask { get; private init; }

    /// <summary>From the first byte of pixels to the end of the file.</summary>
    internal ReadOnlySpan<byte> Data { get; private init; }

    internal static BmpHeader Parse(ReadOnlySpan<byte> file)
    {
        if (file.Length < FileHeader + Os2Header)
            throw Errors.CutInHeader("BMP", file.Length);
        int size = I32(file[14..]);
        ReadOnlySpan<byte> header = file[FileHeader..];
        if (size > header.Length)
            throw Errors.CutInHeader("BMP", file.Length);
        bool os2 = size == Os2Header;
        long width = os2 ? U16(header[4..]) : I32(header[4..]);
        long height = os2 ? U16(header[6..]) : I32(header[8..]);
        bool topDown = height < 0;
        int bits = U16(header[(os2 ? 10 : 14)..]);
        // The short OS/2 version 2 header (16 bytes) ends after the bits.
        int compression = size >= 40 ? I32(header[16..]) : Raw;
        uint colours = size >= 40 ? (uint)I32(header[32..]) : 0;
        if (width <= 0 || height == 0 || Math.Abs(height) > int.MaxValue)
            throw Errors.Header("BMP", $"its size is {width}x{Math.Abs(height)}");
        ImageInfo info = new(ImageFormat.Bmp, (int)width, (int)Math.Abs(height), 3, bits <= 8 ? bits : 8, 1);
        Check(info, bits, compression);

        int masks = FileHeader + 40;
        int palette = FileHeader + size + (size == 40 ? compression switch { BitFields => 12, AlphaBitFields => 16, _ => 0 } : 0);
        (uint red, uint green, uint blue) = bits == 16 ? (0x7C00u, 0x3E0u, 0x1Fu) : (0xFF0000u, 0xFF00u, 0xFFu);
        if (compression is BitFields or AlphaBitFields)
        {
            if (masks + 12 > file.Length)
                throw Errors.CutInHeader("BMP", file.Length);
            (uint r, uint g, uint b) = ((uint)I32(file[masks..]), (uint)I32(file[(masks + 4)..]), (uint)I32(file[(masks + 8)..]));
            if ((r | g | b) != 0)
                (red, green, blue) = (r, g, b);
        }
        if (colours > MaxColours && bits <= 8)
            throw Errors.Header("BMP", $"its palette has {colours:N0} colours");
        int entry = os2 ? 3 : 4;
        long wanted = bits > 8 ? 0 : Math.Min(colours == 0 ? 1 << bits : colours, 1 << bits);
        long data = (uint)I32(file[10..]);
        // Some writers forget the palette when they say where the pixels begin.
        if (data == 0 || data == FileHeader + size && bits <= 8)
            data = palette + (bits > 8 ? colours : wanted) * entry;
        if (data < palette || data > file.Length)
            throw Errors.Header("BMP", $"its pixels begin at byte {data:N0} of {file.Length:N0}");
        long available = Math.Min(wanted, (data - palette) / entry);
        return new BmpHeader
        {
            Info = info,
            TopDown = topDown,
            Bits = bits,
            Compression = compression,
            Palette = file.Slice(palette, (int)available * entry),
            PaletteEntry = entry,
            RedMask = red,
            GreenMask = green,
            BlueMask = blue,
            Data = file[(int)data..],
        };
    }

    private static void Check(in ImageInfo info, int bits, int compression)
    {
        if (bits is not (1 or 2 or 4 or 8 or 16 or 24 or 32))
            throw Errors.Header("BMP", $"{bits} bits per pixel do not exist");
        bool fits = compression switch
        {
            Raw => true,
            Rle8 => bits == 8,
            Rle4 => bits == 4,
            BitFields or AlphaBitFields => bits is 16 or 24 or 32,
            _ => false,
        };
        if (!fits)
            throw Errors.Unsupported(info, $"BMP compression {compression} with {bits} bits per pixel");
    }

    private static int U16(ReadOnlySpan<byte> from) => BinaryPrimitives.ReadUInt16LittleEndian(from);

    private static int I32(ReadOnlySpan<byte> from) => BinaryPrimitives.ReadInt32LittleEndian(from);
}
