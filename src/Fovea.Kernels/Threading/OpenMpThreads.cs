using System.Runtime.InteropServices;

namespace Fovea.Kernels.Threading;

/// <summary>
/// The threads of an OpenMP runtime. It keeps a set of them for every thread that calls, and ends them with that thread: nothing is made or ended here. Within
/// another parallel region the caller is alone.
/// </summary>
internal sealed unsafe class OpenMpThreads : LoopThreads
{
    private readonly delegate* unmanaged<delegate* unmanaged<void*, void>, void*, uint, uint, void> parallel;
    private readonly delegate* unmanaged<int> threadNumber;
    private readonly uint threads;
    private readonly Action<int> share;
    private GCHandle self;

    public OpenMpThreads(OpenMpEntry entry, int threads, Action<int> share)
    {
        parallel = (delegate* unmanaged<delegate* unmanaged<void*, void>, void*, uint, uint, void>)entry.Parallel;
        threadNumber = (delegate* unmanaged<int>)entry.ThreadNumber;
        this.threads = (uint)threads;
        this.share = share;
        self = GCHandle.Alloc(this);
    }

    // Always all threads: libgomp ends those that a smaller number leaves over, and makes them anew for the next.
    public override void Run() => parallel(&Enter, (void*)GCHandle.ToIntPtr(self), threads, 0);

    public override void Dispose()
    {
        if (self.IsAllocated)
            self.Free();
    }

    // threadNumber is short enough for SuppressGCTransition, but must not have it: in a method that native code calls, .NET 10 then now and then leaves the thread marked as
    // running managed code when a collection comes in between (docs/decisions/0015).
    // An exception must not pass through the runtime's frames, which nothing can unwind: share keeps it for the caller.
    [UnmanagedCallersOnly]
    private static void Enter(void* data)
    {
        OpenMpThreads loop = (OpenMpThreads)GCHandle.FromIntPtr((nint)data).Target!;
        loop.share(loop.threadNumber());
    }
}
