namespace Fovea.Tests;

/// <summary>Managed bytes that a piece of work allocates.</summary>
internal static class Allocated
{
    /// <summary>
    /// Bytes that the whole process allocates while the work runs, in the quietest of many runs. Work that allocates does so in every run; the test runner's and
    /// the runtime's own threads do now and then, and the longer a run waits for a processor, the oftener they come into it.
    /// </summary>
    public static long ByProcess(Action work, int most = 2000)
    {
        long least = long.MaxValue;
        for (int i = 0; i < most && least > 0; i++)
        {
            long before = GC.GetTotalAllocatedBytes(true);
            work();
            least = Math.Min(least, GC.GetTotalAllocatedBytes(true) - before);
        }
        return least;
    }

    /// <summary>Bytes that the calling thread allocates in one run: exact, whatever the other threads do.</summary>
    public static long ByThread(Action work)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        work();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
