namespace Fovea.Imaging;

/// <summary>The sentences that several formats need.</summary>
internal static class Errors
{
    internal static string Describe(in ImageInfo info) => $"{Name(info.Format)}, {info.Width}x{info.Height}";

    internal static string Name(ImageFormat format) => format switch
    {
        ImageFormat.Jpeg => "JPEG",
        ImageFormat.Png => "PNG",
        ImageFormat.WebP => "WebP",
        _ => "BMP",
    };

    /// <summary>The header itself makes no sense, so there is no size to tell.</summary>
    internal static ImageException Header(string format, string wrong) =>
        new($"The header is broken: {wrong} ({format}). Copy the file again from its source, or leave it out.");

    internal static ImageException CutInHeader(string format, long length) =>
        new($"The file is cut short: its {length} bytes end inside the header ({format}). Copy it again from its source, or leave it out.");

    internal static ImageException Cut(in ImageInfo info, string missing) =>
        new($"The file is cut short: {missing} ({Describe(info)}). Copy it again from its source, or leave it out.");

    internal static ImageException Broken(in ImageInfo info, string wrong) =>
        new($"The picture is broken: {wrong} ({Describe(info)}). Copy it again from its source, or leave it out.");

    internal static ImageException Unsupported(in ImageInfo info, string what) =>
        new($"{what} is not supported ({Describe(info)}). Save the picture as an ordinary PNG or JPEG.");
}
