using Fovea.Kernels.Threading;

namespace Fovea.Kernels.Tests;

/// <summary>Processor time and allocations are the whole process's: nothing else runs beside these tests.</summary>
[CollectionDefinition("alone", DisableParallelization = true)]
public sealed class Alone;

/// <summary>What a team promises, whichever threads do its loops.</summary>
public abstract unsafe class WorkerTeamTests
{
    /// <summary>A team; skips the test where there are no such threads.</summary>
    protected abstract WorkerTeam Make(int threads);

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void EveryItemRunsOnce(int threads)
    {
        using WorkerTeam team = Make(threads);
        int* counts = stackalloc int[1000];
        for (int round = 0; round < 200; round++)
        {
            if (round % 50 == 49)
                Thread.Sleep(2);
            int items = round * 5;
            new Span<int>(counts, 1000).Clear();
            team.Run(items, &Count, counts);
            for (int i = 0; i < 1000; i++)
                Assert.Equal(i < items ? 1 : 0, counts[i]);
        }
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(3)]
    public void DelegatesDoEveryItemOnceAndGiveTheirExceptionsBack(int threads)
    {
        using WorkerTeam team = Make(threads);
        int[] counts = new int[100];
        void Work(int item, int worker)
        {
            Assert.InRange(worker, 0, threads - 1);
            Interlocked.Increment(ref counts[item]);
        }
        for (int round = 0; round < 50; round++)
            team.Run(counts.Length, Work);
        Assert.All(counts, count => Assert.Equal(50, count));
        Assert.Equal("item 3", Assert.Throws<InvalidOperationException>(() => team.Run(10, (item, _) =>
        {
            if (item == 3)
                throw new InvalidOperationException("item 3");
        })).Message);
        int* others = stackalloc int[10];
        team.Run(10, &Count, others);
        Assert.Equal(1, others[9]);
    }

    [SkippableFact]
    public void WorkIsShared()
    {
        using WorkerTeam team = Make(2);
        int* seen = stackalloc int[2];
        for (int round = 0; round < 100 && (seen[0] == 0 || seen[1] == 0); round++)
            team.Run(20, &Slow, seen);
        Assert.True(seen[0] > 0 && seen[1] > 0);
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(3)]
    public void TheFirstExceptionComesOutAndTheTeamGoesOn(int threads)
    {
        using WorkerTeam team = Make(threads);
        Assert.Equal("item 3", Assert.Throws<InvalidOperationException>(() => team.Run(10, &Fail, null)).Message);
        int* counts = stackalloc int[10];
        team.Run(10, &Count, counts);
        Assert.Equal(1, counts[9]);
    }

    [SkippableFact]
    public void LoopsDoNotNest()
    {
        using WorkerTeam team = Make(2);
        Nested = team;
        Assert.Contains("one loop at a time", Assert.Throws<InvalidOperationException>(() => team.Run(2, &Nest, null)).Message,
            StringComparison.Ordinal);
        Nested = null;
    }

    [SkippableFact]
    public void ADisposedTeamSaysSo()
    {
        WorkerTeam team = Make(2);
        team.Dispose();
        team.Dispose();
        Assert.Throws<ObjectDisposedException>(() => team.Run(1, &Fail, null));
    }

    [SkippableFact]
    public void KernelsAllocateNothing()
    {
        using WorkerTeam team = Make(3);
        Conv2dShape conv = new(4, 8, 13, 13, 20, 3, 3, 13, 13, 1, 1, 1, 1, 1);
        Pool2dShape pool = new(4, 8, 13, 13, 3, 3, 6, 6, 2, 2, 0, 0, 0, 0);
        float[] src = Data.Random(conv.SrcLength), weights = Data.Random(conv.WeightsLength), dst = new float[conv.DstLength],
            pooled = new float[pool.DstLength];
        float[] diffSrc = new float[src.Length], diffWeights = new float[weights.Length], state = new float[weights.Length], mean = [0.5f],
            std = [0.5f];
        int[] argmax = new int[pooled.Length];
        byte[] pixels = new byte[src.Length], scratch = new byte[
            Math.Max(Conv2dKernels.ForwardScratch(conv, 3),
                Math.Max(Conv2dKernels.BackwardDataScratch(conv, 3), Conv2dKernels.BackwardWeightsScratch(conv, 3)))
            + LinearKernels.BackwardWeightsScratch(4, 1352, 20, 3) + LinearKernels.ForwardScratch(4, 1352, 20, 3)];
        Label[] labels = [Label.Of(0), Label.Of(1), Label.Of(2), Label.Of(3)];
        float[] features = Data.Random(20 * 1352), scores = new float[80];
        void Step()
        {
            Conv2dKernels.Forward(team, conv, src, weights, [], true, dst, scratch);
            Conv2dKernels.BackwardData(team, conv, dst, weights, diffSrc, scratch);
            Conv2dKernels.BackwardWeights(team, conv, src, dst, diffWeights, [], scratch);
            PoolKernels.MaxForward(team, pool, src, pooled, argmax);
            PoolKernels.MaxBackward(team, pool, pooled, argmax, diffSrc);
            PoolKernels.AvgForward(team, pool, true, src, pooled);
            PoolKernels.AvgBackward(team, pool, true, pooled, diffSrc);
            LrnKernels.Forward(team, 4, 8, 169, 5, 1e-4f, 0.75f, 2f, src, diffSrc);
            LrnKernels.Backward(team, 4, 8, 169, 5, 1e-4f, 0.75f, 2f, src, src, diffSrc);
            LinearKernels.Forward(team, 4, 1352, 20, src, features, [], false, scores, scratch);
            SoftmaxKernels.CrossEntropy(team, 4, 20, scores, labels, 0.1f, scores, out _);
            DropoutKernels.Apply(team, new PhiloxKey(1, RandomStream.Dropout, 1, 1), 0.5f, src, diffSrc);
            Elementwise.ReluBackward(team, src, src, diffSrc);
            Elementwise.SigmoidForward(team, src, diffSrc);
            NormalizeKernels.Run(team, 4 * 8, 13, 13, 1, pixels, mean, std, 1f / 255f, false, false, diffSrc);
            Permute.NchwToNhwc(team, 4, 8, 13, 13, src, diffSrc);
            OptimizerKernels.Sgd(team, 0.1, 0.9, 0, false, diffWeights, state, weights);
        }
        Step();
        Step();
        Assert.Equal(0, Allocated.ByThread(Step));
        // The workers too.
        Assert.Equal(0, Allocated.ByProcess(Step));
    }

    [SkippableFact]
    public void DisposingInsideALoopEndsTheTeamAfterIt()
    {
        WorkerTeam team = Make(2);
        int done = 0;
        team.Run(10, (item, _) =>
        {
            if (item == 3)
                team.Dispose();
            Interlocked.Increment(ref done);
        });
        Assert.Equal(10, done);
        Assert.Throws<ObjectDisposedException>(() => team.Run(2, (_, _) => { }));
    }

    [SkippableFact]
    public void TeamsOfSeveralThreadsRunAtOnce()
    {
        using (Make(2))
        {
            // Here, where a skip is seen.
        }
        long total = 0;
        Thread[] callers = [.. Enumerable.Range(1, 4).Select(caller => new Thread(() =>
        {
            using WorkerTeam team = Make(caller);
            for (int loop = 0; loop < 300; loop++)
            {
                if (loop % 100 == 50)
                    Assert.Throws<InvalidOperationException>(() => team.Run(10, &Fail, null));
                team.Run(7, (_, worker) => Interlocked.Add(ref total, worker < caller ? 1 : 1000));
            }
        }))];
        foreach (Thread caller in callers)
            caller.Start();
        foreach (Thread caller in callers)
            Assert.True(caller.Join(TimeSpan.FromMinutes(2)), "loops of several threads wait for each other for ever");
        Assert.Equal(4 * 300 * 7, total);
    }

    [SkippableFact]
    public void BodiesMayAllocateWhileMemoryIsCollected()
    {
        using WorkerTeam team = Make(3);
        for (int round = 0; round < 30; round++)
        {
            byte[][] made = new byte[20][];
            team.Run(made.Length, (item, _) =>
            {
                made[item] = [.. Enumerable.Repeat((byte)item, 3000)];
                if (item == 10)
                    GC.Collect();
            });
            for (int i = 0; i < made.Length; i++)
                Assert.True(made[i].Length == 3000 && made[i].All(b => b == i));
        }
    }

    private static WorkerTeam? Nested { get; set; }

    protected static void Count(void* state, int item, int worker) => Interlocked.Increment(ref ((int*)state)[item]);

    private static void Slow(void* state, int item, int worker)
    {
        Thread.Sleep(1);
        Interlocked.Increment(ref ((int*)state)[worker]);
    }

    private static void Fail(void* state, int item, int worker)
    {
        if (item == 3)
            throw new InvalidOperationException("item 3");
    }

    private static void Nest(void* state, int item, int worker)
    {
        // Refused before anything runs, so the null state is never looked at.
        Nested!.Run(2, &Count, state);
    }
}
