using System.Runtime.ConstrainedExecution;
using System.Runtime.InteropServices;

namespace Fovea.Imaging;

/// <summary>The functions of libturbojpeg that are used here (TurboJPEG API 2, which version 3 still has); errors return, they do not jump.</summary>
internal static unsafe class TurboJpeg
{
    internal const string Package = "libturbojpeg0";

    // Pixel formats, flags and codes of turbojpeg.h.
    internal const int PixelRgb = 0, PixelGray = 6, PixelCmyk = 11;
    internal const int AccurateDct = 4096, LimitScans = 32768;
    internal const int ErrorIsWarning = 0;
    internal const int Subsample420 = 2, SubsampleGray = 3;

    private static readonly nint s_library = NativeLibraries.Load("libturbojpeg.so.0", "libturbojpeg.0.dylib", "turbojpeg.dll");

    private static readonly delegate* unmanaged<nint> s_initDecompress = (delegate* unmanaged<nint>)NativeLibraries.Find(s_library, "tjInitDecompress");
    private static readonly delegate* unmanaged<nint> s_initCompress = (delegate* unmanaged<nint>)NativeLibraries.Find(s_library, "tjInitCompress");
    private static readonly delegate* unmanaged<nint, int> s_destroy = (delegate* unmanaged<nint, int>)NativeLibraries.Find(s_library, "tjDestroy");

    private static readonly delegate* unmanaged<nint, byte*, CULong, byte*, int, int, int, int, int, int> s_decompress =
        (delegate* unmanaged<nint, byte*, CULong, byte*, int, int, int, int, int, int>)NativeLibraries.Find(s_library, "tjDecompress2");

    private static readonly delegate* unmanaged<nint, byte*, int, int, int, int, byte**, CULong*, int, int, int, int> s_compress =
        (delegate* unmanaged<nint, byte*, int, int, int, int, byte**, CULong*, int, int, int, int>)NativeLibraries.Find(s_library, "tjCompress2");

    private static readonly delegate* unmanaged<byte*, void> s_free = (delegate* unmanaged<byte*, void>)NativeLibraries.Find(s_library, "tjFree");
    private static readonly delegate* unmanaged<nint, byte*> s_errorText = (delegate* unmanaged<nint, byte*>)NativeLibraries.Find(s_library, "tjGetErrorStr2");
    private static readonly delegate* unmanaged<nint, int> s_errorCode = (delegate* unmanaged<nint, int>)NativeLibraries.Find(s_library, "tjGetErrorCode");

    internal static bool Found => s_initDecompress != null && s_initCompress != null && s_destroy != null && s_decompress != null && s_compress != null
        && s_free != null && s_errorText != null && s_errorCode != null;

    /// <summary>Version 2 does not tell its number; version 3 is recognised by a function that came with it.</summary>
    internal static string? Version => !Found ? null : NativeLibraries.Find(s_library, "tj3Init") != 0 ? "3.x" : "2.x";

    /// <summary>An instance of the library's decompressor or compressor; it serves one thread at a time.</summary>
    internal sealed class Instance : CriticalFinalizerObject
    {
        private readonly nint _handle;

        internal Instance(bool compress)
        {
            if (!Found)
                throw NativeLibraries.Missing("JPEG", "libjpeg-turbo's libturbojpeg", Package);
            _handle = compress ? s_initCompress() : s_initDecompress();
            if (_handle == 0)
                throw new ImageException("libjpeg-turbo could not start: there is no memory left for it.");
        }

        ~Instance()
        {
            if (_handle != 0)
                _ = s_destroy(_handle);
        }

        /// <summary>True where the picture was decoded without a word; otherwise <see cref="ErrorText"/> says what it was, and <see cref="OnlyWarned"/> whether there are pixels nevertheless.</summary>
        internal bool Decompress(ReadOnlySpan<byte> file, Span<byte> to, int width, int stride, int height, int pixelFormat)
        {
            if (to.Length < (long)stride * height)
                throw new ArgumentException("The buffer is smaller than the picture.", nameof(to));
            int result;
            fixed (byte* from = file, into = to)
                result = s_decompress(_handle, from, new CULong((nuint)file.Length), into, width, stride, height, pixelFormat, AccurateDct | LimitScans);
            GC.KeepAlive(this);
            return result == 0;
        }

        internal byte[] Compress(Image image, int subsampling, int pixelFormat, int quality)
        {
            byte* bytes = null;
            CULong size = default;
            int result;
            fixed (byte* from = image.Pixels)
                result = s_compress(_handle, from, image.Width, 0, image.Height, pixelFormat, &bytes, &size, subsampling, quality, AccurateDct);
            try
            {
                return result == 0
                    ? new ReadOnlySpan<byte>(bytes, checked((int)size.Value)).ToArray()
                    : throw new ImageException($"The picture of {image.Width}x{image.Height} cannot be written as JPEG: {ErrorText}");
            }
            finally
            {
                s_free(bytes);
                GC.KeepAlive(this);
            }
        }

        internal bool OnlyWarned => s_errorCode(_handle) == ErrorIsWarning;

        internal string ErrorText => Marshal.PtrToStringUTF8((nint)s_errorText(_handle)) ?? "unknown error";
    }
}
