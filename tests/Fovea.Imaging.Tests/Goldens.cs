using System.Security.Cryptography;

namespace Fovea.Imaging.Tests;

/// <summary>The files that goldens/make.py made, and what Pillow makes of them.</summary>
internal static class Goldens
{
    private static readonly string s_folder = Path.Combine(AppContext.BaseDirectory, "goldens");

    internal static byte[] File(string name) => System.IO.File.ReadAllBytes(Path.Combine(s_folder, "files", name));

    internal static IEnumerable<string> Names => Directory.GetFiles(Path.Combine(s_folder, "files")).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal);

    internal static IEnumerable<string[]> Table(string name) =>
        System.IO.File.ReadLines(Path.Combine(s_folder, name)).Select(line => line.Split('\t'));

    internal static Image Decode(string name, int channels = 3)
    {
        Image image = new();
        ImageDecoder.Decode(File(name), image, new DecodeOptions { Channels = channels });
        return image;
    }

    internal static string Hash(Image image) => Convert.ToHexStringLower(SHA256.HashData(image.Pixels))[..32];

    internal static void RequireLibraries()
    {
        foreach (ImagingLibrary library in ImagingLibraries.Report())
            Skip.IfNot(library.Found, $"{library.Name} is missing: apt install {library.Package}");
    }
}
