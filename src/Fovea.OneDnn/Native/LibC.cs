using System.Runtime.InteropServices;

namespace Fovea.OneDnn.Native;

/// <summary>The functions of the C library that loading needs.</summary>
internal static unsafe partial class LibC
{
    /// <summary>
    /// Sets a variable in the environment that native libraries see (the runtime's own copy does not reach them), unless it is set already.
    /// Does nothing where there is no setenv.
    /// </summary>
    /// <returns>True where it was unset, and is set now.</returns>
    public static bool SetEnvironmentIfUnset(string name, string value) =>
        !OperatingSystem.IsWindows() && GetEnv(name) == 0 && SetEnv(name, value, 0) == 0;

    /// <summary>The file that holds the code at <paramref name="address"/>; null where that cannot be found out.</summary>
    public static string? FileOf(nint address)
    {
        if (OperatingSystem.IsWindows())
            return null;
        try
        {
            DlInfo info;
            return DlAddr(address, &info) != 0 ? Marshal.PtrToStringUTF8(info.FileName) : null;
        }
        catch (EntryPointNotFoundException)
        {
            return null; // before glibc 2.34 dladdr lives in libdl
        }
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnv(string name, string value, int overwrite);

    [LibraryImport("libc", EntryPoint = "getenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint GetEnv(string name);

    [LibraryImport("libc", EntryPoint = "dladdr")]
    private static partial int DlAddr(nint address, DlInfo* info);

    private struct DlInfo
    {
        public nint FileName;
        public nint FileBase;
        public nint SymbolName;
        public nint SymbolAddress;
    }
}
