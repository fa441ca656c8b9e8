using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace Fovea.Kernels.Threading;

/// <summary>
/// The threads of the managed backend: the caller and <see cref="Threads"/> - 1 background workers that are created once. A loop over the team
/// allocates
/// nothing. Workers spin for some microseconds after a loop and then sleep, so that an idle team leaves the machine to the loader.
/// </summary>
/// <remarks>One loop at a time: the team belongs to the thread that runs a plan. Loops do not nest.</remarks>
public sealed unsafe class WorkerTeam : IDisposable
{
    // One word says everything: the loop's number, whether it still takes workers, and how many are in it.
    private const long Closed = 1L << 16, ActiveMask = Closed - 1;
    private const int NumberShift = 20;

    private static readonly long SpinTicks = Stopwatch.Frequency / 20_000;

    private readonly Thread[] workers;
    private readonly object work = new(), done = new();
    private long word = Closed;
    private int next;
    private int items;
    private delegate*<void*, int, int, void> body;
    private void* state;
    private Action<int, int>? large;
    private Exception? error;
    private int sleeping;
    private int running;
    private bool callerSleeps;
    private volatile bool stopping;

    /// <summary>Creates the team.</summary>
    /// <param name="threads">1 or more, the caller included; 0 (the default) means one per processor.</param>
    public WorkerTeam(int threads = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        Threads = threads == 0 ? Environment.ProcessorCount : threads;
        workers = new Thread[Threads - 1];
        for (int i = 0; i < workers.Length; i++)
        {
            int index = i + 1;
            workers[i] = new Thread(() => Work(index)) { IsBackground = true, Name = $"fovea-worker-{index}" };
            workers[i].Start();
        }
    }

    /// <summary>Threads that share a loop, the caller included.</summary>
    public int Threads { get; }

    /// <summary>
    /// Runs <paramref name="body"/>(state, item, worker) once for every item in 0 to <paramref name="items"/> - 1, in any order, and returns when all
    /// are done.
    /// The first exception of a body is thrown here, after the others have stopped.
    /// </summary>
    public void Run(int items, delegate*<void*, int, int, void> body, void* state) => Run(items, body, state, null);

    /// <summary>The same for items so large that calling a delegate does not count. Whoever keeps the delegate allocates nothing.</summary>
    /// <param name="items">How many.</param>
    /// <param name="body">Does one: its number, and that of the thread.</param>
    public void Run(int items, Action<int, int> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        Run(items, null, null, body);
    }

    private void Run(int items, delegate*<void*, int, int, void> body, void* state, Action<int, int>? large)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(items);
        if (Interlocked.Exchange(ref running, 1) != 0)
            throw new InvalidOperationException("A worker team runs one loop at a time, and a loop cannot start another on the same team.");
        try
        {
            ObjectDisposedException.ThrowIf(stopping, this);
            this.large = large;
            if (items <= 1 || workers.Length == 0)
            {
                for (int i = 0; i < items; i++)
                    Do(i, 0, body, state);
                return;
            }
            RunShared(items, body, state);
        }
        finally
        {
            this.large = null;
            Volatile.Write(ref running, 0);
        }
    }

    /// <summary>Ends the workers.</summary>
    public void Dispose()
    {
        if (stopping)
            return;
        stopping = true;
        lock (work)
            Monitor.PulseAll(work);
        foreach (Thread worker in workers)
            worker.Join();
    }

    internal void Run<TBody>(int items, ref TBody loop)
        where TBody : unmanaged, IParallelBody
    {
        fixed (TBody* pointer = &loop)
            Run(items, &Invoke<TBody>, pointer);
    }

    /// <summary>Runs a loop over elements in blocks that stay in a core's cache.</summary>
    internal void RunRange<TBody>(nint length, ref TBody loop, nint block = 16384)
        where TBody : unmanaged, IRangeBody
    {
        if (length <= block)
        {
            if (length > 0)
                loop.Invoke(0, length);
            return;
        }
        fixed (TBody* pointer = &loop)
        {
            RangeLoop<TBody> blocks = new(pointer, length, block);
            Run((int)((length + block - 1) / block), ref blocks);
        }
    }

    private static void Invoke<TBody>(void* state, int item, int worker)
        where TBody : unmanaged, IParallelBody => ((TBody*)state)->Invoke(item, worker);

    private void RunShared(int count, delegate*<void*, int, int, void> action, void* argument)
    {
        items = count;
        body = action;
        state = argument;
        error = null;
        Volatile.Write(ref next, 0);
        long number = (word >> NumberShift) + 1;
        Interlocked.Exchange(ref word, number << NumberShift);
        if (Volatile.Read(ref sleeping) > 0)
        {
            lock (work)
                Monitor.PulseAll(work);
        }
        DoItems(0);
        long left = Interlocked.Or(ref word, Closed) & ActiveMask;
        if (left != 0)
            WaitForWorkers();
        body = null;
        state = null;
        if (error is not null)
            ExceptionDispatchInfo.Throw(error);
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
            DoItems(index);
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
        lock (work)
        {
            // Announced before looking once more: the caller opens a loop before it looks for sleepers, so one of the two sees the other.
            Interlocked.Increment(ref sleeping);
            long now = Volatile.Read(ref word);
            if ((now >> NumberShift == seen || (now & Closed) != 0) && !stopping)
                Monitor.Wait(work);
            Interlocked.Decrement(ref sleeping);
        }
    }

    private void Do(int item, int worker, delegate*<void*, int, int, void> action, void* argument)
    {
        if (large is null)
            action(argument, item, worker);
        else
            large(item, worker);
    }

    private void DoItems(int worker)
    {
        int count = items;
        try
        {
            for (int item = Interlocked.Increment(ref next) - 1; item < count; item = Interlocked.Increment(ref next) - 1)
                Do(item, worker, body, state);
        }
        catch (Exception caught)
        {
            Interlocked.CompareExchange(ref error, caught, null);
            Volatile.Write(ref next, count);
        }
    }

    private readonly struct RangeLoop<TBody>(TBody* loop, nint length, nint block) : IParallelBody
        where TBody : unmanaged, IRangeBody
    {
        public void Invoke(int item, int worker)
        {
            nint start = item * block;
            loop->Invoke(start, Math.Min(block, length - start));
        }
    }
}
