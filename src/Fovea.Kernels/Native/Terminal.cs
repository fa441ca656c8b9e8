using System.Runtime.InteropServices;

namespace Fovea.Kernels.Native;

/// <summary>What the C library knows of a terminal. .NET's Console would answer too, but sends the terminal set-up codes first.</summary>
public static partial class Terminal
{
    // TIOCGWINSZ; the same number on every Linux that .NET runs on.
    private const nuint GetWindowSize = 0x5413;

    /// <summary>The size of the terminal behind an open file, in characters, as it is now.</summary>
    /// <param name="file">A file descriptor, such as 2 for standard error.</param>
    /// <returns>Null where it is no terminal, does not say, or the system is no Linux.</returns>
    public static (int Columns, int Rows)? Size(int file)
    {
        if (!OperatingSystem.IsLinux())
            return null;
        WindowSize size = default;
        return Ioctl(file, GetWindowSize, ref size) == 0 && size is { Columns: > 0, Rows: > 0 } ? (size.Columns, size.Rows) : null;
    }

    [LibraryImport("libc", EntryPoint = "ioctl")]
    private static partial int Ioctl(int file, nuint request, ref WindowSize size);

    [StructLayout(LayoutKind.Sequential)]
    private struct WindowSize
    {
        public ushort Rows, Columns, PixelsX, PixelsY;
    }
}
