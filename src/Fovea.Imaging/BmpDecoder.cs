using System.Buffers.Binary;
using System.Numerics;

namespace Fovea.Imaging;

/// <summary>Decodes bitmaps, always into 3 channels; alpha is left out.</summary>
internal static class BmpDecoder
{
    internal static void Decode(ReadOnlySpan<byte> file, in BmpHeader header, Image target)
    {
        ImageInfo info = header.Info;
        Span<byte> palette = stackalloc byte[3 * 256];
        FillPalette(header, palette);
        if (header.Compression is BmpHeader.Rle8 or BmpHeader.Rle4)
        {
            BmpRle.Decode(header, palette, target);
            return;
        }
        long stride = ((long)info.Width * header.Bits + 31) / 32 * 4, lastRow = ((long)info.Width * header.Bits + 7) / 8;
        long needed = stride * (info.Height - 1) + lastRow;
        if (header.Data.Length < needed)
            throw Errors.Cut(info, $"{needed - header.Data.Length:N0} of its {file.Length + needed - header.Data.Length:N0} bytes are missing");
        target.Reset(info.Width, info.Height, 3);
        for (int y = 0; y < info.Height; y++)
        {
            ReadOnlySpan<byte> from = header.Data.Slice((int)(stride * y), (int)lastRow);
            Row(header, palette, from, target.Row(header.TopDown ? y : info.Height - 1 - y));
        }
    }

    private static void Row(in BmpHeader header, ReadOnlySpan<byte> palette, ReadOnlySpan<byte> from, Span<byte> to)
    {
        switch (header.Bits)
        {
            case <= 8:
                Indices(header.Bits, palette, from, to);
                break;
            case 24:
                for (int i = 0; i < to.Length; i += 3)
                    (to[i], to[i + 1], to[i + 2]) = (from[i + 2], from[i + 1], from[i]);
                break;
            default:
                Masked(header, from, to);
                break;
        }
    }

    private static void Indices(int bits, ReadOnlySpan<byte> palette, ReadOnlySpan<byte> from, Span<byte> to)
    {
        int perByte = 8 / bits, mask = (1 << bits) - 1;
        for (int i = 0, x = 0; i < to.Length; i += 3, x++)
        {
            int shift = 8 - bits * (x % perByte + 1);
            palette.Slice(3 * (from[x / perByte] >> shift & mask), 3).CopyTo(to[i..]);
        }
    }

    private static void Masked(in BmpHeader header, ReadOnlySpan<byte> from, Span<byte> to)
    {
        Field red = new(header.RedMask), green = new(header.GreenMask), blue = new(header.BlueMask);
        bool wide = header.Bits == 32;
        for (int i = 0, at = 0; i < to.Length; i += 3, at += wide ? 4 : 2)
        {
            uint pixel = wide ? BinaryPrimitives.ReadUInt32LittleEndian(from[at..]) : BinaryPrimitives.ReadUInt16LittleEndian(from[at..]);
            (to[i], to[i + 1], to[i + 2]) = (red.Of(pixel), green.Of(pixel), blue.Of(pixel));
        }
    }

    // Colours that the palette lacks are greys, as in Pillow.
    private static void FillPalette(in BmpHeader header, Span<byte> palette)
    {
        for (int i = 0; i < palette.Length; i++)
            palette[i] = (byte)(i / 3);
        for (int i = 0, at = 0; at + header.PaletteEntry <= header.Palette.Length && i < palette.Length; i += 3, at += header.PaletteEntry)
            (palette[i], palette[i + 1], palette[i + 2]) = (header.Palette[at + 2], header.Palette[at + 1], header.Palette[at]);
    }

    /// <summary>One channel's bits in a pixel, stretched to 0 to 255 by an integer division, as Pillow does.</summary>
    private readonly struct Field(uint mask)
    {
        private readonly int _shift = mask == 0 ? 0 : BitOperations.TrailingZeroCount(mask);
        private readonly ulong _top = mask == 0 ? 0 : mask >> BitOperations.TrailingZeroCount(mask);

        internal byte Of(uint pixel) => _top == 0 ? (byte)0 : (byte)(((pixel & mask) >> _shift) * 255UL / _top);
    }
}
