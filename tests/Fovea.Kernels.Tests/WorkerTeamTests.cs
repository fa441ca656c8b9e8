using Fovea.Kernels.Threading;

namespace Fovea.Kernels.Tests;

/// <summary>Processor time and allocations are the whole process's: nothing else runs beside these tests.</summary>
[CollectionDefinition("alone", DisableParallelization = true)]
public sealed class Alone;

[Collection("alone")]
public sealed unsafe class WorkerTeamTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void EveryItemRunsOnce(int threads)
    {
        using WorkerTeam team = new(threads);
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

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void DelegatesDoEveryItemOnceAndGiveTheirExceptionsBack(int threads)
    {
        using WorkerTeam team = new(threads);
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

    [Fact]
    public void WorkIsShared()
    {
        using WorkerTeam team = new(2);
        int* seen = stackalloc int[2];
        for (int round = 0; round < 100 && (seen[0] == 0 || seen[1] == 0); round++)
            team.Run(20, &Slow, seen);
        Assert.True(seen[0] > 0 && seen[1] > 0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void TheFirstExceptionComesOutAndTheTeamGoesOn(int threads)
    {
        using WorkerTeam team = new(threads);
        Assert.Equal("item 3", Assert.Throws<InvalidOperationException>(() => team.Run(10, &Fail, null)).Message);
        int* counts = stackalloc int[10];
        team.Run(10, &Count, counts);
        Assert.Equal(1, counts[9]);
    }

    [Fact]
    public void LoopsDoNotNest()
    {
        using WorkerTeam team = new(2);
        Nested = team;
        Assert.Contains("one loop at a time", Assert.Throws<InvalidOperationException>(() => team.Run(2, &Nest, null)).Message,
            StringComparison.Ordinal);
        Nested = null;
    }

    [Fact]
    public void ADisposedTeamSaysSo()
    {
        WorkerTeam team = new(2);
        team.Dispose();
        team.Dispose();
        Assert.Throws<ObjectDisposedException>(() => team.Run(1, &Fail, null));
    }

    [SkippableFact]
    public void AnIdleTeamSleeps()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Only Linux shows the processor time of single threads as a file.");
        using WorkerTeam team = new(3);
        int* counts = stackalloc int[100];
        team.Run(100, &Count, counts);
        // They spin for a moment before they sleep, and on a busy machine that moment can be long in coming: it has to come once.
        Assert.True(SpinWait.SpinUntil(StaysAsleep, TimeSpan.FromMinutes(2)), "the workers do not fall asleep");

        // A spinning worker may be kept waiting for a processor, but never is it asleep every time one looks.
        static bool StaysAsleep()
        {
            (int workers, int asleep, long before) = Workers();
            Assert.Equal(2, workers);
            for (int i = 0; i < 30 && asleep == workers; i++)
            {
                Thread.Sleep(10);
                asleep = Workers().Asleep;
            }
            return asleep == workers && Workers().Ticks == before;
        }
    }

    [Fact]
    public void KernelsAllocateNothing()
    {
        using WorkerTeam team = new(3);
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

    private static WorkerTeam? Nested { get; set; }

    private static (int Count, int Asleep, long Ticks) Workers()
    {
        (int workers, int asleep, long ticks) = (0, 0, 0);
        foreach (string task in Directory.GetDirectories("/proc/self/task"))
        {
            string stat;
            try
            {
                stat = File.ReadAllText(Path.Combine(task, "stat"));
            }
            catch (IOException)
            {
                // A thread that ended since the folder was listed.
                continue;
            }
            if (!stat.Contains("(fovea-worker-", StringComparison.Ordinal))
                continue;
            string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            workers++;
            asleep += fields[0] == "S" ? 1 : 0;
            ticks += long.Parse(fields[11]) + long.Parse(fields[12]);
        }
        return (workers, asleep, ticks);
    }

    private static void Count(void* state, int item, int worker) => Interlocked.Increment(ref ((int*)state)[item]);

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
