using System.Globalization;
using System.Runtime.InteropServices;

namespace Fovea.Training;

/// <summary>What Linux says of the machine and of this process; nothing where there is no /proc.</summary>
internal static class ProcFiles
{
    /// <summary>The most memory that the process ever held resident, in bytes; where the system does not say, what it holds now.</summary>
    public static long PeakResidentBytes => KibiBytes("/proc/self/status", "VmHWM") ?? Environment.WorkingSet;

    /// <summary>Forgets the peak, so that the next measurement has its own; where the system refuses, peaks only grow.</summary>
    public static void ResetPeak()
    {
        try
        {
            File.WriteAllText("/proc/self/clear_refs", "5");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A sandbox without this file: the peak of all models so far is still a true bound.
        }
    }

    /// <summary>What the process holds resident now, in bytes.</summary>
    public static long ResidentBytes => KibiBytes("/proc/self/status", "VmRSS") ?? Environment.WorkingSet;

    /// <summary>What of that are files and shared memory, mapped into it: programs, libraries, compiled code; null where the system does not say.</summary>
    public static long? MappedFileBytes => KibiBytes("/proc/self/status", "RssFile") + KibiBytes("/proc/self/status", "RssShmem");

    /// <summary>Memory of the machine, in bytes.</summary>
    public static long? MemoryTotal => KibiBytes("/proc/meminfo", "MemTotal");

    /// <summary>Memory that new programs can have without swapping, in bytes.</summary>
    public static long? MemoryAvailable => KibiBytes("/proc/meminfo", "MemAvailable");

    /// <summary>The processor's name.</summary>
    public static string? ProcessorName => Field("/proc/cpuinfo", "model name");

    /// <summary>The processor's features by the kernel's names: "avx2", "avx512f", "amx_bf16".</summary>
    public static IReadOnlySet<string> ProcessorFlags =>
        (Field("/proc/cpuinfo", "flags") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).ToHashSet();

    /// <summary>The machine in a line: processor, how many the process may use, memory, system, .NET.</summary>
    public static string Machine()
    {
        string memory = MemoryTotal is { } bytes ? $", {Format.Bytes(bytes)} of memory" : "";
        return $"{ProcessorName ?? "a processor"}, {Format.Plural(Environment.ProcessorCount, "logical core")}{memory}; "
            + $"{RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}";
    }

    private static long? KibiBytes(string path, string field) =>
        Field(path, field)?.Split(' ')[0] is { } text && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long kibi)
            ? kibi * 1024 : null;

    private static string? Field(string path, string field)
    {
        try
        {
            foreach (string line in File.ReadLines(path))
            {
                int colon = line.IndexOf(':', StringComparison.Ordinal);
                if (colon > 0 && line.AsSpan(0, colon).Trim().SequenceEqual(field))
                    return line[(colon + 1)..].Trim();
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // No such file on this system.
        }
        return null;
    }
}
