namespace Fovea.Imaging;

/// <summary>Decodes JPEG through libjpeg-turbo with its defaults (accurate DCT, smooth chroma upsampling), which are Pillow's.</summary>
internal static class JpegDecoder
{
    // A file may ask for many passes over the whole picture; honest ones have about ten. The library itself stops at 500.
    private const long MaxScannedPixels = 4_000_000_000, MaxScans = 500;

    // A Huffman code has a bit for each block of 64 pixels at the very least.
    private const long PixelsPerByte = 8 * 64;

    [ThreadStatic]
    private static TurboJpeg.Instance? t_instance;

    /// <summary>Decodes into <paramref name="target"/>: 3 channels if asked for or if the picture is colour, else 1.</summary>
    internal static void Decode(ReadOnlySpan<byte> file, in JpegHeader header, Image target, int channels, (int Width, int Height)? atLeast)
    {
        ImageInfo info = header.Info;
        if (header.Components is not (1 or 3 or 4))
            throw Errors.Unsupported(info, $"A JPEG with {header.Components} components");
        if (info.Pixels > MaxScannedPixels / MaxScans && header.Walk(file).Scans is var scans && scans * info.Pixels > MaxScannedPixels)
            throw Errors.Broken(info, $"it asks for {scans} passes over the whole picture");
        if (!header.Arithmetic && file.Length * PixelsPerByte < info.Pixels)
            throw Errors.Cut(info, $"its {file.Length:N0} bytes cannot hold so many pixels");
        TurboJpeg.Instance library = t_instance ??= new TurboJpeg.Instance(compress: false);
        (int width, int height) = Scale(info, atLeast);

        bool clean;
        if (header.Components == 4)
        {
            target.Reset(width, height, 3);
            Span<byte> cmyk = Scratch.Bytes(4L * width * height);
            clean = library.Decompress(file, cmyk, width, 4 * width, height, TurboJpeg.PixelCmyk);
            Colour.FromInvertedCmyk(cmyk, target.Pixels);
        }
        else
        {
            int stored = channels == 1 && header.Components == 1 ? 1 : 3;
            target.Reset(width, height, stored);
            clean = library.Decompress(file, target.Pixels, width, stored * width, height, stored == 1 ? TurboJpeg.PixelGray : TurboJpeg.PixelRgb);
        }
        if (!clean)
            Judge(file, header, target, library);
    }

    // As Pillow does: damaged data is accepted as the library mends it, a missing end is not.
    private static void Judge(ReadOnlySpan<byte> file, in JpegHeader header, Image decoded, TurboJpeg.Instance library)
    {
        string text = library.ErrorText;
        bool warned = library.OnlyWarned;
        bool cut = text.Contains("Premature end of JPEG file", StringComparison.Ordinal) || !header.Walk(file).Ends;
        if (cut && (warned || header.FirstScan >= file.Length - 2))
            throw Errors.Cut(header.Info, header.Progressive ? "its last passes, which carry the detail, are missing" : MissingRows(decoded));
        if (!warned)
            throw Errors.Broken(header.Info, $"libjpeg-turbo says \"{Plain(text)}\"");
    }

    // What was not in the file, the library leaves mid-grey to the end.
    private static string MissingRows(Image decoded)
    {
        ReadOnlySpan<byte> pixels = decoded.Pixels;
        int last = pixels.LastIndexOfAnyExcept(pixels[^1]);
        int rows = decoded.Height - 1 - (last < 0 ? -1 : last / (decoded.Width * decoded.Channels));
        return rows == 0 ? "its last bytes are missing" : $"about the last {Math.Max(1, 100 * (long)rows / decoded.Height)} % of the picture is missing";
    }

    // The library's own prefix names its functions, which help nobody here.
    private static string Plain(string text) => text.StartsWith("tj", StringComparison.Ordinal) ? text[(text.IndexOf(':') + 1)..].Trim() : text;

    // The library scales by any number of eighths, but is faster than a full decode only at these: the others have no SIMD code. Sizes are rounded up as it does.
    private static (int Width, int Height) Scale(in ImageInfo info, (int Width, int Height)? atLeast)
    {
        if (atLeast is not { } wanted)
            return (info.Width, info.Height);
        for (int divisor = 8; divisor > 1; divisor /= 2)
        {
            (int width, int height) = ((info.Width + divisor - 1) / divisor, (info.Height + divisor - 1) / divisor);
            if (width >= wanted.Width && height >= wanted.Height)
                return (width, height);
        }
        return (info.Width, info.Height);
    }
}
