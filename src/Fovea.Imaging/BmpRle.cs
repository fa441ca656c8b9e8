namespace Fovea.Imaging;

/// <summary>Run-length coded bitmaps of 8 or 4 bits. Pixels that the code leaves out have colour 0; what reaches beyond a row or the picture is dropped.</summary>
internal static class BmpRle
{
    private const int EndOfLine = 0, EndOfPicture = 1, Delta = 2;

    internal static void Decode(in BmpHeader header, ReadOnlySpan<byte> palette, Image target)
    {
        ImageInfo info = header.Info;
        ReadOnlySpan<byte> code = header.Data;
        target.Reset(info.Width, info.Height, 3);
        for (int row = 0; row < info.Height; row++)
            for (int i = 0; i < 3 * info.Width; i += 3)
                palette[..3].CopyTo(target.Row(row)[i..]);

        bool nibbles = header.Compression == BmpHeader.Rle4;
        int x = 0, y = 0, at = 0;
        while (y < info.Height)
        {
            if (at + 2 > code.Length)
            {
                // A missing end mark after the last row harms nobody.
                if (y == info.Height - 1 && x >= info.Width)
                    return;
                throw Errors.Cut(info, $"its code ends in row {y + 1} of {info.Height}");
            }
            int count = code[at], value = code[at + 1];
            at += 2;
            if (count > 0)
            {
                for (int i = 0; i < count; i++)
                    Put(header, palette, target, x++, y, !nibbles ? value : i % 2 == 0 ? value >> 4 : value & 15);
                continue;
            }
            switch (value)
            {
                case EndOfLine:
                    (x, y) = (0, y + 1);
                    break;
                case EndOfPicture:
                    return;
                case Delta when at + 2 <= code.Length:
                    (x, y) = (x + code[at], y + code[at + 1]);
                    at += 2;
                    break;
                default:
                    int bytes = value == Delta ? code.Length : nibbles ? (value + 1) / 2 : value;
                    if (at + bytes > code.Length)
                        throw Errors.Cut(info, $"its code ends in row {y + 1} of {info.Height}");
                    for (int i = 0; i < value; i++)
                        Put(header, palette, target, x++, y, !nibbles ? code[at + i] : i % 2 == 0 ? code[at + i / 2] >> 4 : code[at + i / 2] & 15);
                    at += bytes + (bytes & 1);
                    break;
            }
        }
    }

    private static void Put(in BmpHeader header, ReadOnlySpan<byte> palette, Image target, int x, int y, int index)
    {
        if (x < target.Width)
            palette.Slice(3 * index, 3).CopyTo(target.Row(header.TopDown ? y : target.Height - 1 - y)[(3 * x)..]);
    }
}
