using System.Runtime.ExceptionServices;

namespace Fovea.Kernels.Threading;

/// <summary>
/// The threads of managed kernels: the caller and <see cref="Threads"/> - 1 others, which are the team's own or OpenMP's. A loop over the team allocates
/// nothing.
/// </summary>
/// <remarks>One loop at a time: the team belongs to the thread that runs a plan. Loops do not nest.</remarks>
public sealed unsafe class WorkerTeam : IDisposable
{
    private readonly LoopThreads? others;
    private int next;
    private int items;
    private delegate*<void*, int, int, void> body;
    private void* state;
    private Action<int, int>? large;
    private Exception? error;
    private int running;
    private volatile bool stopping;

    /// <summary>Creates the team.</summary>
    /// <param name="threads">1 or more, the caller included; 0 (the default) means one per processor.</param>
    /// <param name="openMp">
    /// Where oneDNN's primitives run on this OpenMP too, in turn with the loops and on as many threads: its threads do the loops, so that not two sets of threads
    /// wait for the same processors. Null (the default) makes background threads of the team's own.
    /// </param>
    public WorkerTeam(int threads = 0, OpenMpEntry? openMp = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        Threads = threads == 0 ? Environment.ProcessorCount : threads;
        if (Threads > 1)
            others = openMp is { } entry ? new OpenMpThreads(entry, Threads, Share) : new OwnThreads(Threads, Share);
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
            if (items <= 1 || others is null)
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
            // A full fence: whoever disposes meanwhile sees that the loop is over, or is seen here.
            Interlocked.Exchange(ref running, 0);
            if (stopping)
                End();
        }
    }

    /// <summary>Ends the team's own threads; while a loop runs, at its end.</summary>
    public void Dispose()
    {
        stopping = true;
        End();
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
        others!.Run();
        body = null;
        state = null;
        if (error is not null)
            ExceptionDispatchInfo.Throw(error);
    }

    private void End()
    {
        if (Interlocked.Exchange(ref running, 1) != 0)
            return;
        others?.Dispose();
        Volatile.Write(ref running, 0);
    }

    private void Do(int item, int worker, delegate*<void*, int, int, void> action, void* argument)
    {
        if (large is null)
            action(argument, item, worker);
        else
            large(item, worker);
    }

    // Nothing may leave it: it is called by threads that have no other frame of ours.
    private void Share(int worker)
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
