namespace Fovea.Imaging;

/// <summary>
/// Decodes PNG. Everything that is not needed for the plain pixel values (gamma, profiles, transparency, texts) is taken out before libpng sees the file, since
/// Pillow ignores it as well. Of 16-bit channels the high byte is kept, as Pillow does for colour (its grey 16-bit pictures are clipped at 255, which helps
/// nobody).
/// </summary>
internal static class PngDecoder
{
    // Deflate cannot shrink by more than this (RFC 1951: 258 bytes in 2 bits).
    private const long MaxDeflateRatio = 1032;

    /// <summary>Decodes into <paramref name="target"/>: 1 channel if asked for and the picture is grey, else 3.</summary>
    internal static void Decode(ReadOnlySpan<byte> file, in ImageInfo info, Image target, int channels)
    {
        ReadOnlySpan<byte> plain = Strip(file, out long compressed, out long missing);
        int bitsPerPixel = PalettesCountOnce(file, info) * info.BitDepth;
        long needed = info.Height * (((long)info.Width * bitsPerPixel + 7) / 8);
        if (compressed * MaxDeflateRatio < needed)
            throw Errors.Cut(info, $"{compressed:N0} bytes of compressed data cannot hold the {needed:N0} bytes of its pixels");

        bool alpha = info.Channels is 2 or 4, grey = info.Channels <= 2;
        int to = grey && channels == 1 ? 1 : 3;
        target.Reset(info.Width, info.Height, to);
        if (info.BitDepth == 16)
        {
            PngWide.Decode(plain, info, file[PngHeader.Signature + 8 + 12] != 0, target);
            return;
        }
        bool direct = info.Channels == to;
        Span<byte> pixels = direct ? target.Pixels : Scratch.Bytes(info.Pixels * info.Channels);
        uint format = (alpha ? LibPng.Alpha : 0) | (grey ? 0 : LibPng.Color);
        if (LibPng.Read(plain, format, info.Width, info.Height, pixels) is { } wrong)
            throw missing > 0
                ? Errors.Cut(info, $"its last {missing:N0} bytes, or more, are missing")
                : Errors.Broken(info, $"libpng says \"{wrong}\"");
        if (!direct)
            Colour.Take(pixels, info.Channels, target.Pixels, to);
    }

    // A palette's pixel is one index.
    private static int PalettesCountOnce(ReadOnlySpan<byte> file, in ImageInfo info) => file[PngHeader.Signature + 8 + 9] == 3 ? 1 : info.Channels;

    private static ReadOnlySpan<byte> Strip(ReadOnlySpan<byte> file, out long compressed, out long missing)
    {
        (compressed, missing) = (0, 0);
        Span<byte> to = Scratch.File(file.Length);
        file[..PngHeader.Signature].CopyTo(to);
        int at = PngHeader.Signature, length = at;
        while (PngChunk.Next(file, ref at, out PngChunk chunk))
        {
            if (!chunk.Critical)
                continue;
            chunk.Whole.CopyTo(to[length..]);
            length += chunk.Whole.Length;
            missing += chunk.Missing;
            if (chunk.Is("IDAT"u8))
                compressed += chunk.Data.Length;
            else if (chunk.Is("IEND"u8))
                break;
        }
        return to[..length];
    }
}
