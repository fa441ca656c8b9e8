namespace Fovea.Imaging;

/// <summary>What a file is, by its first bytes; its name has no say (a PNG called .jpg is a PNG).</summary>
/// <param name="Format">The format where it is one that <see cref="ImageDecoder"/> reads, else null.</param>
/// <param name="Name">What the file is, for people: "JPEG", "GIF", "HTML page"...; null where it was not recognised.</param>
public readonly record struct ImageSignature(ImageFormat? Format, string? Name)
{
    /// <summary>Bytes that <see cref="Detect"/> looks at, at most.</summary>
    public const int Length = 64;

    /// <summary>The file endings under which pictures are looked for, lower case, with their dot. Those of formats that are not read are among them, so that they get an error of their own.</summary>
    public static IReadOnlyList<string> Endings { get; } =
        [".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".webp", ".bmp", ".dib", ".gif", ".tif", ".tiff", ".heic", ".heif", ".avif", ".ico", ".psd", ".jp2", ".jxl"];

    /// <summary>Whether <paramref name="path"/> ends in one of <see cref="Endings"/>, in any case.</summary>
    public static bool HasImageEnding(string path)
    {
        ReadOnlySpan<char> ending = Path.GetExtension(path.AsSpan());
        foreach (string known in Endings)
            if (ending.Equals(known, StringComparison.OrdinalIgnoreCase))
                return true;
        return false;
    }

    /// <summary>Names the format of <paramref name="file"/>: the whole file, or at least its first <see cref="Length"/> bytes.</summary>
    public static ImageSignature Detect(ReadOnlySpan<byte> file)
    {
        if (file.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]))
            return new(ImageFormat.Jpeg, "JPEG");
        if (IsPng(file))
            return new(ImageFormat.Png, "PNG");
        if (file.Length >= 12 && file.StartsWith("RIFF"u8) && file[8..].StartsWith("WEBP"u8))
            return new(ImageFormat.WebP, "WebP");
        if (IsBmp(file))
            return new(ImageFormat.Bmp, "BMP");
        return new(null, Unsupported(file));
    }

    private static bool IsPng(ReadOnlySpan<byte> file) => file.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]);

    // "BM" alone begins many a text: the size of the second header tells.
    private static bool IsBmp(ReadOnlySpan<byte> file) =>
        file.StartsWith("BM"u8) && (file.Length < 18 || file[14] is 12 or 16 or 40 or 52 or 56 or 64 or 108 or 124 && (file[15] | file[16] | file[17]) == 0);

    private static string? Unsupported(ReadOnlySpan<byte> file)
    {
        if (file.StartsWith("GIF8"u8))
            return "GIF";
        if (file.StartsWith("II*\0"u8) || file.StartsWith("MM\0*"u8) || file.StartsWith("II+\0"u8) || file.StartsWith("MM\0+"u8))
            return "TIFF";
        if (file.Length >= 12 && file[4..].StartsWith("ftyp"u8))
            return Brand(file[8..12]);
        if (file.StartsWith((ReadOnlySpan<byte>)[0, 0, 1, 0]))
            return "Windows icon (ICO)";
        if (file.StartsWith((ReadOnlySpan<byte>)[0, 0, 2, 0]))
            return "Windows cursor (CUR)";
        if (file.StartsWith("8BPS"u8))
            return "Photoshop document (PSD)";
        if (file.StartsWith("%PDF"u8))
            return "PDF document";
        if (file.StartsWith((ReadOnlySpan<byte>)[0, 0, 0, 12, (byte)'j', (byte)'P']) || file.StartsWith((ReadOnlySpan<byte>)[0xFF, 0x4F, 0xFF, 0x51]))
            return "JPEG 2000";
        if (file.StartsWith((ReadOnlySpan<byte>)[0xFF, 0x0A]) || file.StartsWith((ReadOnlySpan<byte>)[0, 0, 0, 12, (byte)'J', (byte)'X', (byte)'L']))
            return "JPEG XL";
        if (file.Length >= 3 && file[0] == 'P' && file[1] is >= (byte)'1' and <= (byte)'7' && file[2] is 10 or 13 or 32 or 9)
            return "Netpbm (PBM, PGM, PPM)";
        if (file.StartsWith("\x1F\x8B"u8))
            return "gzip archive";
        if (file.StartsWith("PK\x03\x04"u8))
            return "zip archive";
        return Text(file);
    }

    private static string Brand(ReadOnlySpan<byte> brand)
    {
        if (brand.StartsWith("avi"u8))
            return "AVIF";
        return brand.StartsWith("he"u8) || brand.SequenceEqual("mif1"u8) || brand.SequenceEqual("msf1"u8) ? "HEIC" : "MP4 or QuickTime video";
    }

    private static string? Text(ReadOnlySpan<byte> file)
    {
        file = file.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]) ? file[3..] : file;
        file = file.TrimStart(" \t\r\n"u8);
        Span<byte> lower = stackalloc byte[Math.Min(file.Length, 16)];
        for (int i = 0; i < lower.Length; i++)
            lower[i] = file[i] is >= (byte)'A' and <= (byte)'Z' ? (byte)(file[i] + 32) : file[i];
        if (lower.StartsWith("<!doctype html"u8) || lower.StartsWith("<html"u8) || lower.StartsWith("<head"u8))
            return "HTML page";
        if (lower.StartsWith("<svg"u8))
            return "SVG drawing";
        return lower.StartsWith("<?xml"u8) ? "XML document (SVG drawing?)" : null;
    }
}
