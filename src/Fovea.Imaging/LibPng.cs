using System.Runtime.InteropServices;
using System.Text;

namespace Fovea.Imaging;

/// <summary>libpng's simplified API: its errors return, where those of its other API jump over the frames of the caller.</summary>
internal static unsafe class LibPng
{
    internal const string Package = "libpng16-16";

    // Formats of png.h: bits that add up.
    internal const uint Alpha = 1, Color = 2;

    private const uint ApiVersion = 1, ErrorBit = 2;

    private static readonly nint s_library = NativeLibraries.Load("libpng16.so.16", "libpng16.16.dylib", "libpng16.dll");

    private static readonly delegate* unmanaged<PngImage*, void*, nuint, int> s_begin =
        (delegate* unmanaged<PngImage*, void*, nuint, int>)NativeLibraries.Find(s_library, "png_image_begin_read_from_memory");

    private static readonly delegate* unmanaged<PngImage*, void*, void*, int, void*, int> s_finish =
        (delegate* unmanaged<PngImage*, void*, void*, int, void*, int>)NativeLibraries.Find(s_library, "png_image_finish_read");

    private static readonly delegate* unmanaged<PngImage*, void> s_free = (delegate* unmanaged<PngImage*, void>)NativeLibraries.Find(s_library, "png_image_free");

    private static readonly delegate* unmanaged<void*, byte*> s_version = (delegate* unmanaged<void*, byte*>)NativeLibraries.Find(s_library, "png_get_libpng_ver");

    internal static bool Found => s_begin != null && s_finish != null && s_free != null;

    internal static string? Version => s_version == null ? null : Marshal.PtrToStringUTF8((nint)s_version(null));

    /// <summary>Decodes a whole PNG of at most 8 bits per channel into rows without gaps. Where the file has transparency, <paramref name="format"/> must ask for it.</summary>
    /// <returns>Null, or what the library says is wrong.</returns>
    internal static string? Read(ReadOnlySpan<byte> file, uint format, int width, int height, Span<byte> to)
    {
        if (!Found)
            throw NativeLibraries.Missing("PNG", "libpng 1.6", Package);
        PngImage image = new() { Version = ApiVersion };
        fixed (byte* from = file, into = to)
        {
            try
            {
                if (s_begin(&image, from, (nuint)file.Length) == 0)
                    return Message(image);
                if (image.Width != width || image.Height != height)
                    return $"its size is {image.Width}x{image.Height} for the library";
                image.Format = format;
                int components = 1 + (int)(format & Alpha) + (int)(format & Color);
                if (to.Length < (long)width * height * components)
                    throw new ArgumentException("The buffer is smaller than the picture.", nameof(to));
                bool done = s_finish(&image, null, into, width * components, null) != 0;
                return done && (image.WarningOrError & ErrorBit) == 0 ? null : Message(image);
            }
            finally
            {
                s_free(&image);
            }
        }
    }

    private static string Message(in PngImage image)
    {
        ReadOnlySpan<byte> text = image.Message;
        int end = text.IndexOf((byte)0);
        return Encoding.ASCII.GetString(end < 0 ? text : text[..end]);
    }

    /// <summary>png_image of png.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct PngImage
    {
        public nint Opaque;
        public uint Version, Width, Height, Format, Flags, ColormapEntries, WarningOrError;
        public Text64 Message;
    }

    [System.Runtime.CompilerServices.InlineArray(64)]
    private struct Text64
    {
        private byte _first;
    }
}
