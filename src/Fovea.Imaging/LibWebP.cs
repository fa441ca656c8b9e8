namespace Fovea.Imaging;

/// <summary>The functions of libwebp that are used here.</summary>
internal static unsafe class LibWebP
{
    internal const string Package = "libwebp7";

    private static readonly nint s_library = NativeLibraries.Load("libwebp.so.7", "libwebp.7.dylib", "libwebp.dll");

    private static readonly delegate* unmanaged<byte*, nuint, int*, int*, int> s_info =
        (delegate* unmanaged<byte*, nuint, int*, int*, int>)NativeLibraries.Find(s_library, "WebPGetInfo");

    private static readonly delegate* unmanaged<byte*, nuint, byte*, nuint, int, byte*> s_decode =
        (delegate* unmanaged<byte*, nuint, byte*, nuint, int, byte*>)NativeLibraries.Find(s_library, "WebPDecodeRGBInto");

    private static readonly delegate* unmanaged<int> s_version = (delegate* unmanaged<int>)NativeLibraries.Find(s_library, "WebPGetDecoderVersion");

    internal static bool Found => s_info != null && s_decode != null;

    internal static string? Version => s_version != null && s_version() is var v ? $"{v >> 16}.{v >> 8 & 255}.{v & 255}" : null;

    /// <summary>The picture's size as the library sees it, or null where it sees none.</summary>
    internal static (int Width, int Height)? Size(ReadOnlySpan<byte> file)
    {
        Require();
        int width, height;
        fixed (byte* from = file)
            return s_info(from, (nuint)file.Length, &width, &height) != 0 ? (width, height) : null;
    }

    /// <summary>Decodes to RGB, alpha left out; false where the library could not.</summary>
    internal static bool Decode(ReadOnlySpan<byte> file, Span<byte> to, int stride)
    {
        Require();
        fixed (byte* from = file, into = to)
            return s_decode(from, (nuint)file.Length, into, (nuint)to.Length, stride) != null;
    }

    private static void Require()
    {
        if (!Found)
            throw NativeLibraries.Missing("WebP", "libwebp", Package);
    }
}
