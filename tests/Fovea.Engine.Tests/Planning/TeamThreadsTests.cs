using Fovea.Engine.Ops;
using Fovea.Engine.Planning;
using Fovea.OneDnn;

namespace Fovea.Engine.Tests;

/// <summary>Whose threads a plan's managed loops run on, and that plans of several threads do not stand in each other's way.</summary>
public sealed class TeamThreadsTests
{
    [SkippableTheory]
    [InlineData(BackendChoice.Managed, 2)]
    [InlineData(BackendChoice.OneDnn, 2)]
    [InlineData(BackendChoice.OneDnn, 3)]
    public void PlansOfSeveralThreadsGiveTheBitsOfOneAlone(BackendChoice backend, int threads)
    {
        Skip.If(backend == BackendChoice.OneDnn && !Backends.HasOneDnn, "libdnnl is not installed");
        float[] alone = EngineThread.Run(() => Gradients(backend, threads));
        Assert.Contains(alone, value => value != 0);
        float[]?[] together = new float[3][];
        Thread[] callers = [.. Enumerable.Range(0, together.Length).Select(i => new Thread(() => together[i] = Gradients(backend, threads)))];
        foreach (Thread caller in callers)
            caller.Start();
        foreach (Thread caller in callers)
            Assert.True(caller.Join(TimeSpan.FromMinutes(2)), "plans of several threads wait for each other for ever");
        Assert.All(together, one => Assert.Equal(alone, one));
    }

    [SkippableFact]
    public void BesideOneDnnLoopsRunOnOpenMpsThreads()
    {
        Skip.If(!OneDnnLibrary.TryLoad(2, out IOneDnn? api, out string report), report);
        Skip.If(api.OpenMp is null, "this oneDNN's OpenMP runtime has no GOMP_parallel");
        Assert.Equal("", EngineThread.Run(() => OtherThreadsName(BackendChoice.OneDnn)));
        Assert.Equal("fovea-worker-1", EngineThread.Run(() => OtherThreadsName(BackendChoice.Managed)));
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(2)]
    public void StepsAllocateNothingOnOpenMpsThreads(int threads)
    {
        Skip.IfNot(Backends.HasOneDnn, "libdnnl is not installed");
        long bytes = EngineThread.Run(() =>
        {
            long least = -1;
            WithPlan(BackendChoice.OneDnn, threads, (plan, _) =>
            {
                plan.Run();
                plan.Run();
                least = Allocated.ByProcess(plan.Run);
            });
            return least;
        });
        Assert.Equal(0, bytes);
    }

    private static string OtherThreadsName(BackendChoice backend)
    {
        using Runtime runtime = new(new RuntimeOptions { Backend = backend, Threads = 2 });
        string? name = null;
        for (int i = 0; i < 1000 && name is null; i++)
        {
            runtime.Team.Run(20, (_, worker) =>
            {
                if (worker == 0)
                    Thread.Sleep(1);
                else
                    name = Thread.CurrentThread.Name ?? "";
            });
        }
        return name ?? "none";
    }

    /// <summary>What some steps of a small network with oneDNN's and managed kernels in turn compute.</summary>
    private static float[] Gradients(BackendChoice backend, int threads)
    {
        float[] values = [];
        WithPlan(backend, threads, (plan, parameters) =>
        {
            for (int step = 0; step < 8; step++)
                plan.Run();
            values = [.. plan.Logits, .. parameters.All.Where(p => p.Trainable).SelectMany(p => plan.Gradient(p).ToArray())];
        });
        return values;
    }

    private static void WithPlan(BackendChoice backend, int threads, Action<Plan, ParameterSet> work)
    {
        const int Batch = 6;
        Node maps = ImageInput.Node().Normalize([0.5f], [0.5f]).Conv2d(16, 3, padding: 1, name: "stem").BatchNorm2d(name: "norm").ReLU();
        Node output = maps.Concat(maps.Conv2d(16, 3, padding: 1, name: "more")).GlobalAvgPool().Flatten().Linear(3, name: "fc");
        Graph graph = Graph.Create("small", output, new TensorShape(1, 14, 14));
        using Runtime runtime = new(new RuntimeOptions { Backend = backend, Threads = threads });
        using ParameterSet parameters = ParameterSet.For(graph);
        Random random = new(3);
        foreach (Parameter parameter in parameters.All)
            parameter.Write([.. Enumerable.Range(0, (int)parameter.Spec.Elements).Select(_ => random.NextSingle() - 0.4f)]);
        Plan plan = runtime.Compile(graph, parameters, new PlanOptions { Batch = Batch, Training = true, Loss = new SoftmaxCrossEntropy(), KeepGradients = true });
        random.NextBytes(plan.Pixels);
        for (int i = 0; i < Batch; i++)
            plan.Labels[i] = Kernels.Label.Of(i % 3);
        work(plan, parameters);
    }
}
