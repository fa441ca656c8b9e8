using Fovea.Engine.Ops;
using Fovea.Engine.Planning;
using Fovea.Kernels;

namespace Fovea.Engine.Tests;

/// <summary>Outputs that only training has: what a graph says of them, and what plans make of them.</summary>
public sealed class AuxiliaryOutputTests
{
    private const int Batch = 6, Classes = 4;
    private const float FirstWeight = 0.3f, SecondWeight = 0.5f, Smoothing = 0.1f;
    private static readonly TensorShape Shape = new(2, 4, 4);

    public static TheoryData<BackendChoice> Both => [BackendChoice.Managed, BackendChoice.OneDnn];

    [Fact]
    public void AuxiliaryLayersComeLastAndCountAsParametersButNotAsArithmetic()
    {
        Graph graph = Net();
        Assert.Equal(["source", "a", "0", "b", "1", "2", "fc", "near", "aux1", "far", "aux2"], graph.Layers.Select(l => l.Node.Name));
        Assert.Equal("fc", graph.Output.Node.Name);
        Assert.Equal([new AuxiliaryOutput(8, FirstWeight), new AuxiliaryOutput(10, SecondWeight)], graph.Auxiliaries);
        Assert.Equal(graph.Layers.Take(7), graph.Layers.Where(graph.IsMain));
        // Two 3x3 convolutions with 3 maps and padding, and three linear layers of 48 inputs.
        Assert.Equal((3 * 2 * 9 + 3) + (3 * 3 * 9 + 3) + 3 * (48 * Classes + Classes), graph.ParameterCount - Batch * Shape.Features);
        Assert.Equal(16 * 3 * (2 * 9 + 3 * 9) + 48 * Classes, graph.Macs);
    }

    [Fact]
    public void AnInferencePlanKnowsNothingOfThem()
    {
        using Runtime runtime = new(new RuntimeOptions { Backend = BackendChoice.Managed, Threads = 1 });
        Graph graph = Net();
        using ParameterSet parameters = Parameters(graph);
        // The second auxiliary head reads the convolution that the ReLU behind it is fused into: an obstacle in training alone.
        foreach (OpDefinition? loss in (OpDefinition?[])[null, new SoftmaxCrossEntropy()])
        {
            Plan inference = runtime.Compile(graph, parameters, new PlanOptions { Batch = Batch, Loss = loss });
            Assert.DoesNotContain(inference.Steps, step => step.Layer.Contains("aux", StringComparison.Ordinal));
            Assert.Contains(inference.Steps, step => step is { Layer: "b", Work: "forward + ReLU" });
        }
        Plan training = runtime.Compile(graph, parameters, Training(keep: false));
        Assert.Contains(training.Steps, step => step is { Layer: "b", Work: "forward" });
        Assert.Contains(training.Steps, step => step is { Layer: "aux2", Work: "backward weights" });
    }

    /// <summary>The cross entropies of the three heads, computed here from each head's logits; sums of float32 logits' exponentials err by 1e-6 of the loss.</summary>
    [SkippableTheory]
    [MemberData(nameof(Both))]
    public void TheLossIsTheWeightedSumAndTheAccuracyTheMainOutputs(BackendChoice backend)
    {
        Skip.If(backend == BackendChoice.OneDnn && !Backends.HasOneDnn, "libdnnl is not installed");
        using Runtime runtime = new(new RuntimeOptions { Backend = backend, Threads = 1 });
        Graph graph = Net();
        using ParameterSet parameters = Parameters(graph);
        Label[] labels = Labels();
        double expected = 0;
        int correct = 0;
        foreach ((Node head, float weight) in (ReadOnlySpan<(Node, float)>)[(Heads().Main, 1f), (Heads().First, FirstWeight), (Heads().Second, SecondWeight)])
        {
            Plan plan = runtime.Compile(Graph.Create("head", head, Shape), parameters, new PlanOptions { Batch = Batch });
            plan.Run();
            for (int n = 0; n < Batch; n++)
            {
                float[] logits = plan.Logits.Slice(n * Classes, Classes).ToArray();
                expected += weight * CrossEntropy(logits, labels[n]);
                if (weight == 1f && labels[n].Weight > 0 && Array.IndexOf(logits, logits.Max()) == labels[n].A)
                    correct++;
            }
        }
        Plan training = runtime.Compile(graph, parameters, Training(keep: false));
        labels.CopyTo(training.Labels);
        training.Run();
        Assert.Equal(expected, training.State.Loss.Loss, 1e-5 * expected);
        Assert.Equal(labels.Sum(label => (double)label.Weight), training.State.Loss.Weight);
        Assert.Equal(correct, training.State.Loss.Correct);
    }

    /// <summary>
    /// Every parameter's gradient against central differences of the reported loss in a random direction of unit steps. Tolerance: float32 rounding of the mean
    /// loss, 1e-6 of it, over h = 2^-6; and 1e-3 of the gradient's norm times the direction's for the truncation.
    /// </summary>
    [SkippableTheory]
    [MemberData(nameof(Both))]
    public void GradientsAreThoseOfTheSum(BackendChoice backend)
    {
        Skip.If(backend == BackendChoice.OneDnn && !Backends.HasOneDnn, "libdnnl is not installed");
        const float H = 1f / 64;
        using Runtime runtime = new(new RuntimeOptions { Backend = backend, Threads = 1 });
        Graph graph = Net(smooth: true);
        using ParameterSet parameters = Parameters(graph);
        Plan plan = runtime.Compile(graph, parameters, Training(keep: true));
        double rounding = 1e-6 * Loss(plan) / H;
        float[][] gradients = [.. parameters.All.Select(parameter => plan.Gradient(parameter).ToArray())];
        foreach ((Parameter parameter, float[] gradient) in parameters.All.Zip(gradients))
        {
            float[] at = parameter.Data.ToArray();
            PhiloxKey key = new(5, RandomStream.Split, 0, 0);
            float[] direction = [.. at.Select((_, i) => (key.Unit((ulong)i) < 0.5f ? -1f : 1f) / MathF.Sqrt(at.Length))];
            double along = gradient.Zip(direction).Sum(pair => (double)pair.First * pair.Second), norm = Math.Sqrt(gradient.Sum(g => (double)g * g));
            double Moved(float h)
            {
                at.Select((x, i) => x + h * direction[i]).ToArray().CopyTo(parameter.Data);
                parameter.Changed();
                return Loss(plan);
            }
            double got = (Moved(H) - Moved(-H)) / (2 * H);
            Moved(0);
            Assert.True(norm > 0.01, $"{parameter.Name}: a gradient of norm {norm} would show nothing");
            Assert.True(Math.Abs(got - along) <= rounding + 1e-3 * norm, $"{parameter.Name}: differences say {got:g6}, the gradient {along:g6}, allowed {rounding + 1e-3 * norm:g3}");
        }
    }

    private static double Loss(Plan plan)
    {
        Labels().CopyTo(plan.Labels);
        plan.Run();
        return plan.State.Loss.Loss / plan.State.Loss.Weight;
    }

    /// <summary>(1 - s) times the labelled classes' share, s spread over all.</summary>
    private static double CrossEntropy(float[] logits, Label label)
    {
        double log = Math.Log(logits.Sum(x => Math.Exp(x)));
        double labelled = label.Lambda * (log - logits[label.A]) + (1 - label.Lambda) * (log - logits[label.B]);
        return label.Weight * ((1 - Smoothing) * labelled + Smoothing * logits.Average(x => log - x));
    }

    /// <summary>Plain ones, mixed ones, and one that does not count.</summary>
    private static Label[] Labels() =>
        [Label.Of(0), Label.Of(3), new Label(1, 2, 0.25f, 1f), new Label(2, 0, 0.75f, 1f), new Label(1, 1, 1f, 0f), Label.Of(2)];

    private static PlanOptions Training(bool keep) =>
        new() { Batch = Batch, Training = true, Loss = new SoftmaxCrossEntropy(Smoothing), KeepGradients = keep };

    private static Graph Net(bool smooth = false)
    {
        (Node main, Node first, Node second) = Heads(smooth);
        return Graph.Create("net", main, Shape, [(first, FirstWeight), (second, SecondWeight)]);
    }

    private static (Node Main, Node First, Node Second) Heads(bool smooth = false)
    {
        Node Act(Node src) => smooth ? src.Tanh() : src.ReLU();
        Node a = Act(TensorSource.Node(Batch, Shape).Conv2d(3, 3, padding: 1, name: "a"));
        Node b = a.Conv2d(3, 3, padding: 1, name: "b");
        return (
            Act(b).Flatten().Linear(Classes, name: "fc"),
            a.Apply(new Flatten(), "near").Linear(Classes, name: "aux1"),
            b.Apply(new Flatten(), "far").Linear(Classes, name: "aux2"));
    }

    private static ParameterSet Parameters(Graph graph)
    {
        ParameterSet parameters = ParameterSet.For(graph);
        for (int p = 0; p < parameters.All.Count; p++)
        {
            PhiloxKey key = new(9, RandomStream.Initialization, (uint)p, 0);
            parameters.All[p].Write([.. Enumerable.Range(0, (int)parameters.All[p].Spec.Elements).Select(i => key.Unit((ulong)i) - 0.5f)]);
        }
        return parameters;
    }
}
