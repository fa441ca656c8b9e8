using System.Diagnostics;

namespace Fovea.Kernels.Threading;

/// <summary>
/// Background threads that are created once. They spin for some microseconds after a loop and then sleep, so that an idle team leaves the machine to the
/// loader.
/// </summary>
internal sealed class OwnThreads : LoopThreads
{
    // One word says everything: the loop's number, whether it still takes workers, and how many are in it.
    private const long Closed = 1L << 16, ActiveMask = Closed - 1;
    private const int NumberShift = 20;

    private static readonly long SpinTicks = Stopwatch.Frequency / 20_000;

    private readonly Thread[] workers;
    private readonly Action<int> share;
    private readonly object wake = new(), done = new();
    private long word = Closed;
    private int sleeping;
    private bool callerSleeps;
    private volatile bool stopping;

    public OwnThreads(int threads, Action<int> share)
    {
        this.share = share;
        workers = new Thread[threads - 1];
        for (int i = 0; i < workers.Length; i++)
        {
            int index = i + 1;
            workers[i] = new Thread(() => Work(index)) { IsBackground = true, Name = $"fovea-worker-{index}" };
            workers[i].Start();
        }
    }

    public override void Run()
    {
        long number = (word >> NumberShift) + 1;
        Interlocked.Exchange(ref word, number << NumberShift);
        if (Volatile.Read(ref sleeping) > 0)
        {
            lock (wake)
                Monitor.PulseAll(wake);
        }
        share(0);
        long left = Interlocked.Or(ref word, Closed) & ActiveMask;
        if (left != 0)
            WaitForWorkers();
    }

    public override void Dispose()
    {
        if (stopping)
            return;
        stopping = true;
        lock (wake)
            Monitor.PulseAll(wake);
        foreach (Thread worker in workers)
            worker.Join();
    }

    private void WaitForWorkers()
    {
        long start = Stopwatch.GetTimestamp();
        while ((Volatile.Read(ref word) & ActiveMask) != 0)
        {
            Thread.SpinWait(8);
            if (Stopwatch.GetTimestamp() - start < SpinTicks)
                continue;
            lock (done)
            {
                callerSleeps = true;
                Interlocked.MemoryBarrier();
                while ((Volatile.Read(ref word) & ActiveMask) != 0)
                    Monitor.Wait(done);
                callerSleeps = false;
            }
            return;
        }
    }

    private void Work(int index)
    {
        long seen = 0;
        while (WaitForLoop(ref seen))
        {
            share(index);
            long now = Interlocked.Decrement(ref word);
            if ((now & ActiveMask) == 0 && (now & Closed) != 0 && Volatile.Read(ref callerSleeps))
            {
                lock (done)
                    Monitor.PulseAll(done);
            }
        }
    }

    /// <summary>Joins the next loop that still takes workers; false when the team ends.</summary>
    private bool WaitForLoop(ref long seen)
    {
        long start = Stopwatch.GetTimestamp();
        while (!stopping)
        {
            long now = Volatile.Read(ref word);
            if (now >> NumberShift != seen && (now & Closed) == 0)
            {
                if (Interlocked.CompareExchange(ref word, now + 1, now) != now)
                    continue;
                seen = now >> NumberShift;
                return true;
            }
            if (Stopwatch.GetTimestamp() - start < SpinTicks)
            {
                Thread.SpinWait(8);
                continue;
            }
            Sleep(seen);
            start = Stopwatch.GetTimestamp();
        }
        return false;
    }

    private void Sleep(long seen)
    {
        lock (wake)
        {
            // Announced before looking once more: the caller opens a loop before it looks for sleepers, so one of the two sees the other.
            Interlocked.Increment(ref sleeping);
            long now = Volatile.Read(ref word);
            if ((now >> NumberShift == seen || (now & Closed) != 0) && !stopping)
                Monitor.Wait(wake);
            Interlocked.Decrement(ref sleeping);
        }
    }
}
