namespace Fovea.Imaging;

/// <summary>What was found of one native library.</summary>
/// <param name="Name">Its name for people, such as "libjpeg-turbo".</param>
/// <param name="Purpose">What it is used for here.</param>
/// <param name="Found">Whether it was loaded and has the functions that are needed.</param>
/// <param name="Version">Its version as far as it tells it, else null.</param>
/// <param name="Package">The Debian package that brings it.</param>
public readonly record struct ImagingLibrary(string Name, string Purpose, bool Found, string? Version, string Package);

/// <summary>The native libraries behind <see cref="ImageDecoder"/>.</summary>
public static class ImagingLibraries
{
    /// <summary>Looks for each library; what is missing is reported, not thrown.</summary>
    public static IReadOnlyList<ImagingLibrary> Report() =>
    [
        new("libjpeg-turbo", "reading and writing JPEG", TurboJpeg.Found, TurboJpeg.Version, TurboJpeg.Package),
        new("libpng", "reading PNG", LibPng.Found, LibPng.Version, LibPng.Package),
        new("libwebp", "reading WebP", LibWebP.Found, LibWebP.Version, LibWebP.Package),
    ];
}
