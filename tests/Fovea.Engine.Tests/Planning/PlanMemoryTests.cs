using Fovea.Engine.Ops;
using Fovea.Engine.Planning;
using Buffer = Fovea.Engine.Planning.Buffer;

namespace Fovea.Engine.Tests;

/// <summary>What a plan says of its memory, against sums over its placements and against what the runtime then commits.</summary>
public sealed class PlanMemoryTests
{
    private static Graph Network()
    {
        Node x = ImageInput.Node().Normalize([0.5f, 0.5f, 0.5f], [0.25f, 0.25f, 0.25f]);
        x = x.Conv2d(8, 3, padding: 1).ReLU().LocalResponseNorm(5).MaxPool2d(2, 2).Conv2d(16, 3, padding: 1).ReLU().Flatten().Linear(10);
        return Graph.Create("small", x, new TensorShape(3, 16, 16));
    }

    private static PlanOptions Options(bool training) => new() { Batch = 4, Training = training, Loss = new SoftmaxCrossEntropy(), Update = training ? new TwoStates() : null };

    public static TheoryData<bool, BackendChoice> Cases => new() { { true, BackendChoice.Managed }, { false, BackendChoice.Managed }, { true, BackendChoice.Auto } };

    [Theory]
    [MemberData(nameof(Cases))]
    public void ADraftSaysWhatThePlanTakes(bool training, BackendChoice backend)
    {
        Graph graph = Network();
        using ParameterSet parameters = ParameterSet.For(graph);
        using Runtime runtime = new(new RuntimeOptions { Backend = backend, Threads = 1 });
        using PlanDraft draft = runtime.Draft(graph, parameters, Options(training));
        Assert.Equal(0, runtime.ArenaBytes);
        Plan plan = runtime.Compile(graph, parameters, Options(training));
        Assert.Equal(plan.ArenaBytes, draft.Memory.ArenaBytes);
        Assert.Equal(runtime.ArenaBytes, draft.Memory.ArenaBytes);
        Assert.Equal(plan.Steps.Select(s => (s.Layer, s.Work, s.Kernel)), draft.Steps.Select(s => (s.Layer, s.Work, s.Kernel)));
        Assert.Equal(plan.Buffers.Sum(b => b.Bytes), draft.Memory.Unshared.Values.Sum());
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void ThePeakIsTheLargestSumOfWhatLivesTogether(bool training, BackendChoice backend)
    {
        Graph graph = Network();
        using ParameterSet parameters = ParameterSet.For(graph);
        using Runtime runtime = new(new RuntimeOptions { Backend = backend, Threads = 1 });
        using PlanDraft draft = runtime.Draft(graph, parameters, Options(training));
        PlanMemory memory = draft.Memory;
        long AtLeast(int step) => Touched(draft.Steps[step]).Sum(b => b.Bytes);
        for (int step = 0; step < draft.Steps.Count; step++)
            Assert.True(AtLeast(step) <= memory.PeakBytes, $"step {step} alone touches {AtLeast(step)} bytes, the peak is said to be {memory.PeakBytes}");
        Assert.InRange(memory.PeakBytes, 1, memory.ArenaBytes);
        Assert.Equal(memory.PeakBytes, memory.LiveAtPeak.Sum(b => b.Bytes));
        Assert.Equal(memory.PeakBytes, memory.AtPeak.Values.Sum());
        Assert.All(memory.LiveAtPeak, b => Assert.InRange(memory.PeakStep!.Value, b.First, b.Last));
        Assert.True(memory.LiveAtPeak.Zip(memory.LiveAtPeak.Skip(1)).All(pair => pair.First.Bytes >= pair.Second.Bytes));
        Assert.Equal(4 * graph.ParameterCount, memory.ParameterBytes);
        Assert.Equal(training ? 8 * graph.ParameterCount : 0, memory.StateBytes);
    }

    private static IEnumerable<Buffer> Touched(Step step) => step.Reads.Concat(step.Writes).Where(b => b.InArena).Distinct()
        .Where(b => step.InPlace is not { } pair || b != pair.To);

    private sealed class TwoStates : UpdateRule
    {
        public override string Name => "two states";

        public override IReadOnlyList<string> States => ["a", "b"];

        public override void Apply(Kernels.Threading.WorkerTeam team, StepState state, Parameter parameter, ReadOnlySpan<float> gradient) => parameter.Data[0] += gradient[0];
    }
}
