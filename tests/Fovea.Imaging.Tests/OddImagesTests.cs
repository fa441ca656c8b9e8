using System.Globalization;

namespace Fovea.Imaging.Tests;

/// <summary>Hundreds of odd, rare, broken and hostile files: no crash, no hang, and Pillow's verdict, but for the differences that are explained here.</summary>
public class OddImagesTests
{
    private static readonly string[] s_formats = ["JPEG", "MPO", "PNG", "WEBP", "BMP"];

    /// <summary>Files that Fovea reads and Pillow 9.4 does not, and why.</summary>
    private static readonly Dictionary<string, string> s_readHereOnly = new()
    {
        ["libpng/testpngs/crashers/empty_ancillary_chunks.png"] = "empty chunks that say nothing about the pixels are left out",
        ["made/flipped-header-08.jpg"] = "a damaged segment before the frame; the library skips to the next marker",
        ["pillow/truncated_exif_dpi.jpg"] = "the resolution in its EXIF block is broken, the pixels are not",
        ["pillow/unknown_compression_method.png"] = "the compression of its colour profile is unknown, and the profile is not used",
        ["pillow/bmp/g/rgb32bf.bmp"] = MaskReason,
        ["pillow/bmp/q/rgb16-231.bmp"] = MaskReason,
        ["pillow/bmp/q/rgb32-111110.bmp"] = MaskReason,
        ["pillow/bmp/q/rgba16-4444.bmp"] = MaskReason,
        ["pillow/bmp/q/rgba32.bmp"] = MaskReason,
        ["pillow/bmp/q/rgba32abf.bmp"] = MaskReason,
        ["pillow/bmp/q/rgb32h52.bmp"] = HeaderReason,
        ["pillow/bmp/q/rgba32h56.bmp"] = HeaderReason,
        ["pillow/bmp/q/pal8os2v2-16.bmp"] = HeaderReason,
        ["pillow/bmp/q/pal2.bmp"] = "2 bits per pixel are read",
        ["pillow/bmp/q/pal8oversizepal.bmp"] = "colours beyond the 256th cannot be used, so they are ignored",
    };

    private const string MaskReason = "any bit fields are read, not a list of known ones", HeaderReason = "headers of every published length are read";

    /// <summary>Files that Pillow 9.4 reads and Fovea does not, and why.</summary>
    private static readonly Dictionary<string, string> s_readByPillowOnly = new()
    {
        ["libpng/testpngs/crashers/badcrc.png"] = "the checksum of the pixels is wrong",
        ["libpng/testpngs/crashers/huge_IDAT.png"] = "the chunk of pixels claims a gigabyte that is not there",
        ["libpng/testpngs/crashers/badadler.png"] = ManifestReason,
        ["made/bad-crc.png"] = ManifestReason,
        ["pillow/broken_data_stream.png"] = ManifestReason,
        ["small/png-truncated.png"] = "the file ends inside the chunk of pixels",
    };

    private const string ManifestReason = "Pillow refuses it as well; the manifest asked a second time, when Pillow gave out what it had";

    [SkippableFact]
    public void Verdicts_agree_with_pillows()
    {
        string folder = SharedData.Require("odd-images");
        Goldens.RequireLibraries();
        Image image = new();
        List<string> wrong = [];
        int files = 0;
        foreach (string line in File.ReadLines(Path.Combine(folder, "MANIFEST.csv")).Skip(1))
        {
            string[] fields = line.Split(',', 9);
            (string path, string format, string result) = (fields[0], fields[3], fields[8].Trim('"'));
            double start = ThreadTime.Seconds;
            string? error = Try(Path.Combine(folder, path), image, out ImageInfo info);
            double seconds = ThreadTime.Seconds - start;
            if (seconds > 20)
                wrong.Add($"{path}: took {seconds} s");
            files++;
            bool pillowReads = result == "ok" && s_formats.Contains(format);
            if (pillowReads != (error is null) && !(pillowReads ? s_readByPillowOnly : s_readHereOnly).ContainsKey(path))
                wrong.Add($"{path}: Pillow {result}, here {error ?? "ok"}");
            if (pillowReads && error is null && fields[5] != Stored(info))
                wrong.Add($"{path}: Pillow {fields[5]}, here {Stored(info)}");
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.True(files > 700);
    }

    private static string? Try(string path, Image image, out ImageInfo info)
    {
        info = default;
        try
        {
            info = ImageDecoder.Decode(File.ReadAllBytes(path), image);
            return null;
        }
        catch (ImageException e)
        {
            return e.Message;
        }
    }

    // The manifest has the size before orientation.
    private static string Stored(in ImageInfo info) => info.Orientation >= 5
        ? string.Create(CultureInfo.InvariantCulture, $"{info.Height}x{info.Width}")
        : string.Create(CultureInfo.InvariantCulture, $"{info.Width}x{info.Height}");
}
