using System.Runtime.InteropServices;

namespace Fovea.Kernels.Native;

/// <summary>
/// The few functions of the C library that .NET does not offer. Where the system has no such function the call does nothing, unless said otherwise.
/// </summary>
public static partial class LibC
{
    private const int OpenReadOnly = 0, PriorityOfProcess = 0;

    internal const int ProtectNone = 0, ProtectReadWrite = 3, AdviseHugePage = 14;

    /// <summary>mmap's flags for private anonymous memory that is not charged before it is touched (Linux values).</summary>
    internal const int PrivateAnonymousNoReserve = 0x02 | 0x20 | 0x4000;

    /// <summary>True where the calls below exist with the constants that this class uses.</summary>
    internal static bool IsLinux => OperatingSystem.IsLinux();

    /// <summary>
    /// Sets a variable in the environment that native libraries read. Environment.SetEnvironmentVariable changes only .NET's own copy, which
    /// libgomp, for one, never sees. Call it before the library that reads the variable is loaded.
    /// </summary>
    /// <param name="name">The variable; not empty and without '='.</param>
    /// <param name="value">Its new value.</param>
    /// <exception cref="FoveaException">The C library refused the name or had no memory.</exception>
    public static void SetEnvironment(string name, string value)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(value);
        if (OperatingSystem.IsWindows())
            return;
        if (SetEnv(name, value, 1) != 0)
            throw new FoveaException($"Setting the environment variable {name} failed: {LastError()}. A name holds no '=' and is not empty.");
    }

    /// <summary>
    /// The calling thread's niceness: 0 is ordinary, 19 yields to everyone. Loader threads run at 19, so that they take only what the engine leaves.
    /// Returns false where the system does not know per-thread niceness or refuses (raising one's priority again needs rights).
    /// </summary>
    /// <param name="nice">-20 to 19.</param>
    public static bool SetThreadNice(int nice)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(nice, -20);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(nice, 19);

        // On Linux "process 0" means the calling thread (setpriority(2), NOTES); POSIX systems elsewhere would renice the whole process.
        return IsLinux && SetPriority(PriorityOfProcess, 0, nice) == 0;
    }

    /// <summary>Flushes a folder's entries to the disk, so that a rename inside it survives a power cut.</summary>
    /// <exception cref="FoveaException">The folder cannot be opened or its flush failed.</exception>
    public static void FlushFolder(string path) => Flush(path, "folder");

    /// <summary>Flushes a file's contents to the disk.</summary>
    /// <exception cref="FoveaException">The file cannot be opened or its flush failed.</exception>
    public static void FlushFile(string path) => Flush(path, "file");

    /// <summary>Asks for huge pages under a region; a refusal costs speed only and is not reported.</summary>
    internal static void AdviseHugePages(nint address, long bytes)
    {
        if (IsLinux && bytes > 0)
            _ = MAdvise(address, (nuint)bytes, AdviseHugePage);
    }

    internal static string LastError() => Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError());

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    internal static partial nint MMap(nint address, nuint length, int protection, int flags, int descriptor, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    internal static partial int MUnmap(nint address, nuint length);

    [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    internal static partial int MProtect(nint address, nuint length, int protection);

    private static void Flush(string path, string what)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (OperatingSystem.IsWindows())
            return;
        int descriptor = Open(path, OpenReadOnly);
        if (descriptor < 0)
            throw new FoveaException($"Flushing the {what} '{path}' failed: it cannot be opened ({LastError()}).");
        try
        {
            if (FSync(descriptor) != 0)
            {
                // Some file systems (FUSE, network mounts) cannot flush a folder and say EINVAL or ENOTSUP; there the rename is
                // as durable as it gets.
                const int invalid = 22, notSupported = 95;
                int error = Marshal.GetLastPInvokeError();
                if (error is not (invalid or notSupported))
                    throw new FoveaException($"Flushing the {what} '{path}' failed: {Marshal.GetPInvokeErrorMessage(error)}. Check the disk.");
            }
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise", SetLastError = true)]
    private static partial int MAdvise(nint address, nuint length, int advice);

    [LibraryImport("libc", EntryPoint = "setenv", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnv(string name, string value, int overwrite);

    [LibraryImport("libc", EntryPoint = "setpriority", SetLastError = true)]
    private static partial int SetPriority(int which, int who, int priority);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
