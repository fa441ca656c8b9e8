using System.Globalization;

namespace Fovea.Cli.Planning;

/// <summary>How much memory this process can still have: what the machine has available, and what the control groups that it lives in allow.</summary>
/// <param name="root">Where /proc and /sys lie; tests give a folder of their own.</param>
internal sealed class MemoryLimits(string root = "/")
{
    /// <summary>The share of what is available that is taken where nobody says how much: the rest is for the page cache, and for what grows while training runs.</summary>
    public const double DefaultShare = 0.8;

    /// <summary>Bytes that new memory may take, and what sets the limit; null where the system does not say.</summary>
    public (long Bytes, string Why)? Available()
    {
        (long Bytes, string Why)? least = Number(Field(Text("proc/meminfo"), "MemAvailable:")) is { } kibi ? (kibi * 1024, "the machine's available memory") : null;
        foreach (string line in Text("proc/self/cgroup").Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            // "0::/path" is the unified hierarchy, "4:memory:/path" the memory controller of the old one.
            string[] parts = line.Split(':', 3);
            if (parts.Length < 3)
                continue;
            long? free = parts[0] == "0" && parts[1].Length == 0 ? Free("sys/fs/cgroup", parts[2], "memory.max", "memory.current", "inactive_file")
                : parts[1].Split(',').Contains("memory") ? Free("sys/fs/cgroup/memory", parts[2], "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
                : null;
            if (free is { } bytes && (least is null || bytes < least.Value.Bytes))
                least = (bytes, "the control group's memory limit");
        }
        return least;
    }

    /// <summary>The least that this group and those above it leave; null where none of them has a limit.</summary>
    private long? Free(string hierarchy, string path, string limitFile, string usageFile, string cacheField)
    {
        long? least = null;
        for (string group = path.Trim('/'); ; group = group.Contains('/') ? group[..group.LastIndexOf('/')] : "")
        {
            string folder = $"{hierarchy}/{group}";
            if (Number(Text($"{folder}/{limitFile}")) is { } limit && Number(Text($"{folder}/{usageFile}")) is { } usage)
            {
                // File pages that nobody uses are given back before a limit is felt.
                long cache = Number(Field(Text($"{folder}/memory.stat"), cacheField)) ?? 0;
                long free = Math.Max(0, limit - Math.Max(0, usage - cache));
                least = Math.Min(least ?? long.MaxValue, free);
            }
            if (group.Length == 0)
                return least;
        }
    }

    private string Text(string path)
    {
        try
        {
            return File.ReadAllText(Path.Combine(root, path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static string Field(string text, string name)
    {
        foreach (string line in text.Split('\n'))
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length > 1 && words[0] == name)
                return words[1];
        }
        return "";
    }

    // "max", and the old hierarchy's number near 2^63, are no limits.
    private static long? Number(string text) =>
        long.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number < 1L << 60 ? number : null;
}
