using Fovea.Kernels.Threading;

namespace Fovea.Kernels.Tests;

[Collection("alone")]
public sealed unsafe class OwnThreadsTests : WorkerTeamTests
{
    protected override WorkerTeam Make(int threads) => new(threads);

    [SkippableFact]
    public void AnIdleTeamSleeps()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Only Linux shows the processor time of single threads as a file.");
        using WorkerTeam team = Make(3);
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
}
