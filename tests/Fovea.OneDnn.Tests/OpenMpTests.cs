using System.Runtime.InteropServices;
using Fovea.OneDnn.Native;

namespace Fovea.OneDnn.Tests;

/// <summary>The way into the threads that primitives run on.</summary>
public unsafe class OpenMpTests
{
    [SkippableFact]
    public void ItLeadsToTheRuntimeThatThePrimitivesUse()
    {
        using Rig rig = new(threads: 2);
        Skip.If(rig.Api.OpenMp is null, "this oneDNN's OpenMP runtime has no GOMP_parallel");
        (nint parallel, nint number) = rig.Api.OpenMp.Value;
        Assert.Equal(LibC.FileOf(parallel), LibC.FileOf(number));
        // What one of them sets, the other sees: there is one runtime. A second copy would begin with the number of processors.
        nint max = NativeLibrary.GetExport(NativeLibrary.Load(LibC.FileOf(parallel)!), "omp_get_max_threads");
        foreach (int threads in (ReadOnlySpan<int>)[3, 7, 2])
        {
            rig.Api.SetThreads(threads);
            Assert.Equal(threads, ((delegate* unmanaged<int>)max)());
        }
    }

    [SkippableFact]
    public void PrimitivesAndOtherWorkShareThreads()
    {
        using Rig rig = new(threads: 2);
        Skip.If(rig.Api.OpenMp is null, "this oneDNN's OpenMP runtime has no GOMP_parallel");
        Skip.IfNot(OperatingSystem.IsLinux(), "only Linux shows a process's threads as files");
        (nint parallel, nint number) = rig.Api.OpenMp.Value;
        ConvCase shape = new(4, 32, 32, 13, 13, 3, 1, 0, 1, 1, 2);
        Run run = rig.Prepare(ConvolutionTests.Forward(rig, shape, true, ConvAlgorithm.Direct, null), new ConvData(shape).ForwardInputs, [Arg.Dst]);
        run.Bound.Execute();
        float[] first = run.Execute(Arg.Dst);
        HashSet<string> threads = Threads();
        Seen seen = new() { Number = number };
        for (int i = 0; i < 50; i++)
        {
            ((delegate* unmanaged<delegate* unmanaged<void*, void>, void*, uint, uint, void>)parallel)(&Note, &seen, 2, 0);
            run.Bound.Execute();
        }
        Assert.Equal((50, 50), (seen.Zero, seen.One));
        Assert.Equal(first, run.Execute(Arg.Dst));
        // The runtime may start a thread of its own meanwhile, but an OpenMP thread for every call or for a second copy of the runtime would show its parent's name.
        Assert.InRange(Threads().Except(threads).Count(), 0, 3);
    }

    [SkippableFact]
    public void WhatTheUserHasSetStays()
    {
        Skip.If(OperatingSystem.IsWindows(), "there is no setenv");
        string name = $"FOVEA_TEST_{Guid.NewGuid():N}";
        Assert.True(LibC.SetEnvironmentIfUnset(name, "ours"));
        Assert.False(LibC.SetEnvironmentIfUnset(name, "theirs"));
    }

    private static HashSet<string> Threads() => [.. Directory.GetDirectories("/proc/self/task")];

    [UnmanagedCallersOnly]
    private static void Note(void* data)
    {
        Seen* seen = (Seen*)data;
        Interlocked.Increment(ref ((delegate* unmanaged<int>)seen->Number)() == 0 ? ref seen->Zero : ref seen->One);
    }

    private struct Seen
    {
        public nint Number;
        public int Zero;
        public int One;
    }
}
