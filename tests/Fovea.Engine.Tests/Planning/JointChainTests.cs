using System.Text.RegularExpressions;
using Fovea.Engine.Ops;
using Fovea.Engine.Planning;
using Buffer = Fovea.Engine.Planning.Buffer;

namespace Fovea.Engine.Tests;

/// <summary>What chains of concatenations promise (docs/decisions/0008): memory that grows with a dense block's depth and not with its square, every channel placed once.</summary>
public sealed class JointChainTests
{
    private const int Batch = 2, Stem = 32, Growth = 16;
    private static readonly BufferKind[] ActivationMemory = [BufferKind.Activation, BufferKind.ActivationGradient, BufferKind.Workspace];

    [SkippableTheory]
    [InlineData(BackendChoice.Managed, PrecisionChoice.Float32)]
    [InlineData(BackendChoice.OneDnn, PrecisionChoice.Float32)]
    [InlineData(BackendChoice.OneDnn, PrecisionChoice.BFloat16)]
    public void MemoryGrowsWithDepthAndNotWithItsSquare(BackendChoice backend, PrecisionChoice precision)
    {
        SkipWithout(backend, precision);
        long[] bytes = [.. ((int[])[6, 12, 24]).Select(layers => ActivationBytes(layers, backend, precision))];
        // Twice the layers add twice the bytes; were every reader's copy kept, they would add more than three times as many.
        Assert.InRange((bytes[2] - bytes[1]) / (double)(bytes[1] - bytes[0]), 1.5, 2.2);
    }

    [SkippableTheory]
    [InlineData(BackendChoice.Managed, PrecisionChoice.Float32, Growth)]
    [InlineData(BackendChoice.OneDnn, PrecisionChoice.Float32, Growth)]
    [InlineData(BackendChoice.OneDnn, PrecisionChoice.Float32, 12)]
    [InlineData(BackendChoice.OneDnn, PrecisionChoice.BFloat16, Growth)]
    [InlineData(BackendChoice.OneDnn, PrecisionChoice.BFloat16, 12)]
    public void EveryChannelIsPlacedAndMeasuredOnce(BackendChoice backend, PrecisionChoice precision, int growth)
    {
        SkipWithout(backend, precision);
        const int Layers = 5;
        WithPlan(Dense(Layers, growth), backend, plan =>
        {
            int[] placed = Channels(plan, "place"), measured = Channels(plan, "statistics of"), expected = [.. Enumerable.Range(0, Stem + Layers * growth)];
            Assert.Equal(expected, placed.Order());
            Assert.Equal(expected, measured.Order());
            // Nor are they read into another layout for the normalisations, nor does anything write them but the steps that place them.
            Buffer joint = Assert.Single(plan.Buffers, b => b.Name.EndsWith("joint dst", StringComparison.Ordinal));
            Assert.DoesNotContain(plan.Steps, step => step.Work.Contains("joint", StringComparison.Ordinal) && step.Work.StartsWith("reorder", StringComparison.Ordinal));
            Assert.All(plan.Steps.Where(step => step.Writes.Contains(joint)), step => Assert.StartsWith("place", step.Work));
        }, precision);
    }

    /// <summary>A dense block in bfloat16 lies as its convolutions want it, in training and in inference: nothing in it is copied into another layout or type but weights.</summary>
    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void NothingIsReorderedInADenseBlockOfBFloat16(bool training)
    {
        SkipWithout(BackendChoice.OneDnn, PrecisionChoice.BFloat16);
        WithPlan(Dense(4, Growth), BackendChoice.OneDnn, plan =>
        {
            int last = plan.Steps.First(step => step.Layer == "last").LayerIndex;
            Assert.DoesNotContain(plan.Steps, step => step.LayerIndex <= last && step.Work.StartsWith("reorder", StringComparison.Ordinal)
                && !step.Work.Contains("weight", StringComparison.Ordinal));
        }, PrecisionChoice.BFloat16, training);
    }

    /// <summary>The joint gradient is added to in place by every normalisation, and made up of nothing else.</summary>
    [SkippableTheory]
    [InlineData(BackendChoice.Managed, PrecisionChoice.Float32)]
    [InlineData(BackendChoice.OneDnn, PrecisionChoice.BFloat16)]
    public void ThereIsOneJointGradient(BackendChoice backend, PrecisionChoice precision)
    {
        SkipWithout(backend, precision);
        WithPlan(Dense(4, Growth), backend, plan =>
        {
            Step[] writers = [.. plan.Steps.Where(step => step.Work == "backward" && step.Kernel.Contains("joint", StringComparison.Ordinal))];
            // The first layer reads the stem's maps, which lie in no joint buffer.
            Assert.Equal(4, writers.Length);
            Assert.Single(writers.Select(step => step.Writes[0]).Distinct());
            Assert.DoesNotContain(plan.Steps, step => step.Work == "place gradient");
        }, precision);
    }

    /// <summary>Each layer's wide results are computed again: none of them lives from the forward to the backward pass.</summary>
    [Fact]
    public void NoNormalisedCopyOutlivesTheForwardPass() => WithPlan(Dense(4, Growth), BackendChoice.Managed, plan =>
    {
        Buffer[] wide = [.. plan.Buffers.Where(b => b.Name.StartsWith("wide", StringComparison.Ordinal) && b.Name.EndsWith(" dst", StringComparison.Ordinal))];
        Assert.Equal(2 * 8, wide.Length);
        Assert.All(wide, buffer => Assert.Single(
            plan.Steps.Where(step => step.Reads.Contains(buffer) || step.Writes.Contains(buffer)).Select(step => step.Phase).Distinct()));
    });

    /// <summary>A result that begins two concatenations: one goes on in the joint buffer, the other must not overwrite it.</summary>
    [SkippableTheory]
    [InlineData(BackendChoice.Managed)]
    [InlineData(BackendChoice.OneDnn)]
    public void ABranchOfAChainLeavesItAlone(BackendChoice backend)
    {
        Skip.If(backend == BackendChoice.OneDnn && !Backends.HasOneDnn, "libdnnl is not installed");
        TensorShape shape = new(2, 3, 1);
        Node[] sources = [.. Enumerable.Range(0, 4).Select(i => TensorSource.Node(1, shape, $"source{i}"))];
        Node first = sources[0].Concat(sources[1]);
        Graph graph = Graph.Create("branches", first.Concat(sources[2]).Concat(first.Concat(sources[3])), shape);
        using Runtime runtime = new(new RuntimeOptions { Backend = backend, Threads = 1 });
        using ParameterSet parameters = ParameterSet.For(graph);
        Plan plan = runtime.Compile(graph, parameters, new PlanOptions { Batch = 1, Training = true, Loss = new Probe(), KeepGradients = true });
        for (int i = 0; i < 4; i++)
            parameters[$"source{i}.value"].Write([.. Enumerable.Range(0, 6).Select(k => 10f * i + k)]);
        int[] order = [0, 1, 2, 0, 1, 3];
        Span<float> diff = plan.InterfaceFloats("diffDst");
        for (int i = 0; i < diff.Length; i++)
            diff[i] = i;
        plan.Run();
        Assert.Equal(order.SelectMany(source => parameters[$"source{source}.value"].Data.ToArray()), plan.InterfaceFloats("result").ToArray());
        for (int source = 0; source < 4; source++)
        {
            float[] expected = [.. Enumerable.Range(0, 6).Select(k => (float)order.Select((s, part) => s == source ? 6 * part + k : 0).Sum())];
            Assert.Equal(expected, plan.Gradient(parameters[$"source{source}.value"]).ToArray());
        }
    }

    [Fact]
    public void AConcatenationByItselfHasNoJointBuffer()
    {
        Node image = Image();
        Node output = image.Conv2d(16, 1, name: "a").Concat(image.Conv2d(16, 1, name: "b")).GlobalAvgPool().Flatten().Linear(3, name: "fc");
        WithPlan(output, BackendChoice.Managed, plan => Assert.DoesNotContain(plan.Buffers, b => b.Name.Contains("joint", StringComparison.Ordinal)));
    }

    private static Node Image() => ImageInput.Node().Normalize([0.5f], [0.5f]);

    private static Node Dense(int layers, int growth)
    {
        Node maps = Image().Conv2d(Stem, 3, padding: 1, name: "stem");
        for (int i = 0; i < layers; i++)
        {
            Node added = maps.BatchNorm2d(name: $"wide{i}", recompute: true).ReLU().Conv2d(64, 1, name: $"bottleneck{i}")
                .BatchNorm2d(name: $"wide bottleneck{i}", recompute: true).ReLU().Conv2d(growth, 3, padding: 1, name: $"conv{i}");
            maps = maps.Concat(added);
        }
        return maps.BatchNorm2d(name: "last").ReLU().GlobalAvgPool().Flatten().Linear(3, name: "fc");
    }

    private static long ActivationBytes(int layers, BackendChoice backend, PrecisionChoice precision)
    {
        long bytes = 0;
        WithPlan(Dense(layers, Growth), backend, plan =>
            bytes = MemoryPlanner.Place(plan.Steps, [.. plan.Buffers.Where(b => ActivationMemory.Contains(b.Kind))]).ArenaBytes, precision);
        return bytes;
    }

    private static void SkipWithout(BackendChoice backend, PrecisionChoice precision)
    {
        Skip.If(backend == BackendChoice.OneDnn && !Backends.HasOneDnn, "libdnnl is not installed");
        Skip.If(precision == PrecisionChoice.BFloat16 && !Backends.HasBFloat16, "the processor has no bfloat16");
    }

    private static void WithPlan(
        Node output, BackendChoice backend, Action<Plan> look, PrecisionChoice precision = PrecisionChoice.Float32, bool training = true)
    {
        Graph graph = Graph.Create("dense", output, new TensorShape(1, 14, 14));
        using Runtime runtime = new(new RuntimeOptions { Backend = backend, Threads = 1, Precision = precision });
        using ParameterSet parameters = ParameterSet.For(graph);
        look(runtime.Compile(graph, parameters, new PlanOptions { Batch = Batch, Training = training, Loss = training ? new SoftmaxCrossEntropy() : null }));
    }

    /// <summary>The channels that steps of this work name, one by one.</summary>
    private static int[] Channels(Plan plan, string work) =>
    [
        .. plan.Steps.Select(step => Regex.Match(step.Work, $"^{work} channels (\\d+) to (\\d+)$")).Where(match => match.Success)
            .SelectMany(match => Enumerable.Range(int.Parse(match.Groups[1].Value), int.Parse(match.Groups[2].Value) - int.Parse(match.Groups[1].Value) + 1)),
    ];
}
