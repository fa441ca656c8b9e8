using System.Diagnostics;
using System.Globalization;

namespace Fovea.Tests;

/// <summary>
/// Processor time of the calling thread: what a piece of work costs, however long it waits for a processor because the machine does other things.
/// On Linux, of this thread alone; elsewhere of the whole process, which is never less.
/// </summary>
internal static class ThreadTime
{
    // Nanoseconds on a processor, nanoseconds waited for one, times it was given one.
    private const string Linux = "/proc/thread-self/schedstat";

    private static readonly bool s_isLinux = File.Exists(Linux);

    /// <summary>Seconds of processor time so far.</summary>
    public static double Seconds
    {
        get
        {
            if (!s_isLinux)
                return Process.GetCurrentProcess().TotalProcessorTime.TotalSeconds;
            string text = File.ReadAllText(Linux);
            return long.Parse(text.AsSpan(0, text.IndexOf(' ')), CultureInfo.InvariantCulture) / 1e9;
        }
    }
}
