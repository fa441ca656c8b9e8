using System.Globalization;

namespace Fovea.Data.Caching;

/// <summary>How much memory is free.</summary>
internal static class FreeMemory
{
    /// <summary>Bytes that can be used without swapping, as far as the system and the limit of its container tell.</summary>
    public static long Bytes()
    {
        GCMemoryInfo info = GC.GetGCMemoryInfo();
        long within = Math.Max(0, info.TotalAvailableMemoryBytes - Environment.WorkingSet);
        return Available() is { } available ? Math.Min(available, within) : within;
    }

    private static long? Available()
    {
        try
        {
            string? line = File.ReadLines("/proc/meminfo").FirstOrDefault(l => l.StartsWith("MemAvailable:", StringComparison.Ordinal));
            return line is not null && long.TryParse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture, out long kib)
                ? kib * 1024
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
