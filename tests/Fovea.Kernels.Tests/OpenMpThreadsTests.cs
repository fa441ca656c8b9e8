using System.Runtime.InteropServices;
using Fovea.Kernels.Threading;

namespace Fovea.Kernels.Tests;

[Collection("alone")]
public sealed unsafe class OpenMpThreadsTests : WorkerTeamTests
{
    private static readonly OpenMpEntry? Entry = Find();

    protected override WorkerTeam Make(int threads)
    {
        Skip.If(Entry is null, "libgomp.so.1 is not there (apt-get install libgomp1)");
        return new WorkerTeam(threads, Entry);
    }

    /// <summary>An exception may not cross libgomp's frames: the process would end.</summary>
    [SkippableFact]
    public void WhatAnotherThreadThrowsReachesTheCaller()
    {
        using WorkerTeam team = Make(2);
        int caller = Environment.CurrentManagedThreadId, thrown = 0;
        for (int round = 0; round < 200 && thrown < 20; round++)
        {
            try
            {
                team.Run(20, (_, worker) =>
                {
                    Assert.Equal(worker == 0, Environment.CurrentManagedThreadId == caller);
                    if (worker != 0)
                        throw new FormatException("from there");
                    Thread.Sleep(1);
                });
            }
            catch (FormatException e) when (e.Message == "from there")
            {
                thrown++;
            }
        }
        Assert.Equal(20, thrown);
    }

    /// <summary>Within a parallel region OpenMP gives no more threads: the caller does everything, as worker 0.</summary>
    [SkippableFact]
    public void ALoopWithinALoopOfAnotherTeamIsDoneByItsCaller()
    {
        using WorkerTeam outer = Make(2), first = Make(2), second = Make(2);
        WorkerTeam[] inner = [first, second];
        int done = 0;
        for (int round = 0; round < 50; round++)
        {
            outer.Run(2, (item, _) =>
            {
                int thread = Environment.CurrentManagedThreadId;
                inner[item].Run(5, (_, worker) =>
                {
                    Assert.Equal((0, thread), (worker, Environment.CurrentManagedThreadId));
                    Interlocked.Increment(ref done);
                });
            });
        }
        Assert.Equal(50 * 2 * 5, done);
    }

    [SkippableFact]
    public void TeamsOfDifferentSizesTakeTurns()
    {
        using WorkerTeam one = Make(1), two = Make(2), five = Make(5);
        int* counts = stackalloc int[100];
        for (int round = 0; round < 50; round++)
        {
            foreach (WorkerTeam team in (ReadOnlySpan<WorkerTeam>)[two, five, one])
                team.Run(100, &Count, counts);
        }
        for (int i = 0; i < 100; i++)
            Assert.Equal(150, counts[i]);
    }

    /// <summary>libgomp keeps threads for every thread that called it; they end with that thread.</summary>
    [SkippableFact]
    public void NoThreadsAreLeftOver()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "only Linux shows a process's threads as files");
        Call();
        int before = Threads();
        for (int i = 0; i < 30; i++)
            Call();
        // A thread is listed for a moment after it was joined, and the runtime may start one of its own: but not thirty.
        Assert.True(SpinWait.SpinUntil(() => Threads() <= before + 5, TimeSpan.FromSeconds(30)), $"{before} threads, then {Threads()}");

        void Call()
        {
            Make(1).Dispose();
            Thread caller = new(() =>
            {
                using WorkerTeam team = Make(3);
                for (int i = 0; i < 10; i++)
                    team.Run(10, (_, _) => { });
            });
            caller.Start();
            caller.Join();
        }

        static int Threads() => Directory.GetDirectories("/proc/self/task").Length;
    }

    /// <summary>
    /// A thread of OpenMP that comes back from a loop while the collector is at work must not be left as if it still ran managed code: the next collection would wait for it
    /// for ever, or the next loop end the process.
    /// </summary>
    [SkippableFact]
    public void LoopsGoOnBesideCollections()
    {
        Make(1).Dispose();
        using CancellationTokenSource end = new(TimeSpan.FromSeconds(2));
        Thread collector = new(() =>
        {
            while (!end.IsCancellationRequested)
                GC.Collect();
        });
        collector.Start();
        Thread[] callers = [.. Enumerable.Range(0, 2).Select(_ => new Thread(() =>
        {
            while (!end.IsCancellationRequested)
            {
                Thread caller = new(() =>
                {
                    using WorkerTeam team = Make(2);
                    for (int round = 0; round < 50; round++)
                        team.Run(20, (item, _) => GC.KeepAlive(new byte[1000 + item]));
                });
                caller.Start();
                caller.Join();
            }
        }))];
        foreach (Thread caller in callers)
            caller.Start();
        foreach (Thread thread in (Thread[])[.. callers, collector])
            Assert.True(thread.Join(TimeSpan.FromSeconds(60)));
    }

    /// <summary>Which threads do the items shows in no bit.</summary>
    [SkippableFact]
    public void KernelsGiveTheSameBitsOnEitherThreads()
    {
        using WorkerTeam own = new(3), openMp = Make(3);
        Assert.Equal(Compute(own), Compute(openMp));

        static int[] Compute(WorkerTeam team)
        {
            Conv2dShape conv = new(4, 8, 13, 13, 20, 3, 3, 13, 13, 1, 1, 1, 1, 1);
            float[] src = Data.Random(conv.SrcLength), weights = Data.Random(conv.WeightsLength), dst = new float[conv.DstLength];
            float[] diffSrc = new float[src.Length], diffWeights = new float[weights.Length], mean = new float[8], variance = new float[8], masks = new float[src.Length];
            byte[] scratch = new byte[Math.Max(
                Conv2dKernels.ForwardScratch(conv, 3), Math.Max(Conv2dKernels.BackwardDataScratch(conv, 3), Conv2dKernels.BackwardWeightsScratch(conv, 3)))];
            Conv2dKernels.Forward(team, conv, src, weights, [], true, dst, scratch);
            Conv2dKernels.BackwardData(team, conv, dst, weights, diffSrc, scratch);
            Conv2dKernels.BackwardWeights(team, conv, src, dst, diffWeights, [], scratch);
            BatchNormKernels.Statistics(team, 4, 8, 169, src, mean, variance);
            DropoutKernels.Apply(team, new PhiloxKey(1, RandomStream.Dropout, 1, 1), 0.5f, src, masks);
            double sum = GradientKernels.SumOfSquares(team, diffWeights);
            return [.. ((float[])[.. dst, .. diffSrc, .. diffWeights, .. mean, .. variance, .. masks, (float)sum]).Select(BitConverter.SingleToInt32Bits)];
        }
    }

    private static OpenMpEntry? Find() =>
        NativeLibrary.TryLoad("libgomp.so.1", out nint library) && NativeLibrary.TryGetExport(library, "GOMP_parallel", out nint parallel)
        && NativeLibrary.TryGetExport(library, "omp_get_thread_num", out nint number)
            ? new OpenMpEntry(parallel, number) : null;
}
