using Fovea.Engine;
using Fovea.Engine.Ops;
using Fovea.Engine.Planning;
using Fovea.Training;

namespace Fovea.Models.Tests;

/// <summary>Tests that look at the whole process run while no others do.</summary>
[CollectionDefinition(nameof(WholeProcess), DisableParallelization = true)]
public sealed class WholeProcess;

/// <summary>What plans of real networks promise: little memory, no allocation, no growth, the same bits.</summary>
[Collection(nameof(WholeProcess))]
public sealed class PlanTests
{
    private static readonly BufferKind[] ActivationMemory = [BufferKind.Activation, BufferKind.ActivationGradient, BufferKind.Workspace];

    [SkippableTheory]
    [InlineData(BackendChoice.Managed)]
    [InlineData(BackendChoice.OneDnn)]
    public void AlexNetAtBatch64NeedsAtLeast30PercentLessActivationMemoryThanOneBufferPerTensor(BackendChoice backend)
    {
        Backends.Require(backend);
        Graph graph = ModelZoo.Build(Architecture.Of(ModelZoo.Find("alexnet")));
        using Runtime runtime = new(new RuntimeOptions { Backend = backend, Threads = 2 });
        using ParameterSet parameters = ParameterSet.For(graph);
        Plan plan = runtime.Compile(graph, parameters, TrainingOptions(64));
        Fovea.Engine.Planning.Buffer[] tensors = [.. plan.Buffers.Where(b => ActivationMemory.Contains(b.Kind))];
        long one = tensors.Sum(b => b.Bytes), shared = MemoryPlanner.Place(plan.Steps, tensors).ArenaBytes;
        Assert.True(shared <= 0.7 * one, $"{shared >> 20} MiB shared, {one >> 20} MiB with one buffer per tensor");
    }

    [SkippableTheory]
    [InlineData(BackendChoice.Managed)]
    [InlineData(BackendChoice.OneDnn)]
    public void AStepAllocatesNothing(BackendChoice backend)
    {
        Backends.Require(backend);
        using LeNet net = new(backend, batch: 32);
        net.Steps(3);
        Plan plan = net.Plan;
        Assert.Equal(0, Allocated.ByThread(() =>
        {
            for (int i = 0; i < 50; i++)
                plan.Run();
        }));
        Assert.Equal(0, Allocated.ByProcess(plan.Run));
    }

    [SkippableTheory]
    [InlineData(BackendChoice.Managed)]
    [InlineData(BackendChoice.OneDnn)]
    public void ProcessMemoryStaysFlatOver2000Steps(BackendChoice backend)
    {
        Backends.Require(backend);
        using LeNet net = new(backend, batch: 8);
        net.Steps(200);
        // The runtime's own memory grows now and then; what 2000 steps leak, each 500 of them do.
        long leaked = Enumerable.Range(0, 4).Min(_ =>
        {
            long before = ResidentBytes();
            net.Steps(500);
            return ResidentBytes() - before;
        });
        Assert.InRange(leaked, long.MinValue, 1 << 20);
    }

    [SkippableTheory]
    [InlineData(BackendChoice.Managed)]
    [InlineData(BackendChoice.OneDnn)]
    public void TheSameSeedGivesTheSameBits(BackendChoice backend)
    {
        Backends.Require(backend);
        Assert.Equal(Train(backend, 2), Train(backend, 2));
    }

    [Fact]
    public void TheManagedBackendGivesTheSameBitsAtAnyThreadCount() => Assert.Equal(Train(BackendChoice.Managed, 1), Train(BackendChoice.Managed, 3));

    [SkippableTheory]
    [InlineData(BackendChoice.Managed)]
    [InlineData(BackendChoice.OneDnn)]
    public void EvaluationBetweenStepsChangesNothing(BackendChoice backend)
    {
        Backends.Require(backend);
        using LeNet plain = new(backend, 16), disturbed = new(backend, 16);
        Plan evaluation = disturbed.Compile(new PlanOptions { Batch = 5, Loss = new SoftmaxCrossEntropy() });
        for (int i = 0; i < 5; i++)
        {
            plain.Steps(1);
            disturbed.Steps(1);
            Formula.Batch(0, 5, 10, disturbed.Input, evaluation.Pixels, evaluation.Labels);
            evaluation.Run();
        }
        Assert.Equal(plain.Weights(), disturbed.Weights());
        Formula.Batch(0, 5, 10, disturbed.Input, evaluation.Pixels, evaluation.Labels);
        evaluation.Run();
        double again = evaluation.State.Loss.Loss;
        Plan fresh = disturbed.Compile(new PlanOptions { Batch = 5, Loss = new SoftmaxCrossEntropy() });
        Formula.Batch(0, 5, 10, disturbed.Input, fresh.Pixels, fresh.Labels);
        fresh.Run();
        Assert.Equal(fresh.State.Loss.Loss, again);
    }

    [Fact]
    public void APlanRefusesAnotherThread()
    {
        using LeNet net = new(BackendChoice.Managed, 2);
        Assert.Throws<InvalidOperationException>(() => EngineThread.Run(() =>
        {
            net.Plan.Run();
            return 0;
        }));
    }

    private static float[] Train(BackendChoice backend, int threads)
    {
        using LeNet net = new(backend, 16, threads);
        net.Steps(6);
        return net.Weights();
    }

    private static PlanOptions TrainingOptions(int batch) =>
        new() { Batch = batch, Training = true, Loss = new SoftmaxCrossEntropy(), Update = new Sgd(new OptimizerSettings { Momentum = 0.9, WeightDecay = 5e-4 }) };

    private static long ResidentBytes()
    {
        string line = File.ReadLines("/proc/self/status").Single(l => l.StartsWith("VmRSS", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2]) * 1024;
    }

    /// <summary>A LeNet-5 with dropout's neighbours and all: small, but every mechanism of a plan is in it.</summary>
    private sealed class LeNet : IDisposable
    {
        private readonly Graph _graph;
        private readonly Runtime _runtime;
        private readonly ParameterSet _parameters;
        private int _step;

        public LeNet(BackendChoice backend, int batch, int threads = 2)
        {
            ModelSpec spec = ModelZoo.Find("lenet5");
            Architecture architecture = Architecture.Of(spec, options: new Dictionary<string, string> { ["activation"] = "relu", ["pool"] = "max" });
            (Input, _graph) = (architecture.Input, ModelZoo.Build(architecture));
            _runtime = new Runtime(new RuntimeOptions { Backend = backend, Threads = threads });
            _parameters = ParameterSet.For(_graph);
            Initializers.Find("default", spec).Apply(_parameters, spec, seed: 3);
            Plan = Compile(TrainingOptions(batch));
        }

        public TensorShape Input { get; }

        public Plan Plan { get; }

        public Plan Compile(PlanOptions options) => _runtime.Compile(_graph, _parameters, options);

        public void Steps(int count)
        {
            for (int i = 0; i < count; i++)
            {
                Formula.Batch(_step * Plan.Options.Batch, Plan.Options.Batch, 10, Input, Plan.Pixels, Plan.Labels);
                (Plan.State.Step, Plan.State.LearningRate) = (_step++, 0.01);
                Plan.Run();
            }
        }

        public float[] Weights() => [.. _parameters.All.SelectMany(p => p.Data.ToArray())];

        public void Dispose()
        {
            _runtime.Dispose();
            _parameters.Dispose();
        }
    }
}
