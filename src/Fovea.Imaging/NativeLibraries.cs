using System.Runtime.InteropServices;

namespace Fovea.Imaging;

/// <summary>Loads a native library by the first of several names, and finds its functions; a library that is missing is an answer here, not an error.</summary>
internal static class NativeLibraries
{
    /// <summary>The library's handle, or 0.</summary>
    internal static nint Load(string linux, string mac, string windows)
    {
        string name = OperatingSystem.IsWindows() ? windows : OperatingSystem.IsMacOS() ? mac : linux;
        return NativeLibrary.TryLoad(name, typeof(NativeLibraries).Assembly, DllImportSearchPath.SafeDirectories, out nint handle) ? handle : 0;
    }

    /// <summary>The function's address, or 0.</summary>
    internal static nint Find(nint library, string function) =>
        library != 0 && NativeLibrary.TryGetExport(library, function, out nint address) ? address : 0;

    internal static ImageException Missing(string format, string library, string package) => new(
        $"{format} pictures cannot be read or written here, because {library} was not found. Install it (Debian, Ubuntu: apt install {package}) or convert the pictures.");
}
