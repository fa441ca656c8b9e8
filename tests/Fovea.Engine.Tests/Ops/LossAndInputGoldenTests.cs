using System.Text.Json;
using Fovea.Engine.Ops;
using Fovea.Engine.Planning;
using Fovea.Kernels;

namespace Fovea.Engine.Tests;

/// <summary>The two ops at a network's ends against PyTorch: pixels to numbers, and logits to the loss and its gradient.</summary>
public sealed class LossAndInputGoldenTests
{
    public static TheoryData<string> Losses => [.. OpCase.All.Where(c => c.Op == "crossentropy").Select(c => c.Name)];

    public static TheoryData<string> Inputs => [.. OpCase.All.Where(c => c.Op == "normalize").Select(c => c.Name)];

    [Theory]
    [MemberData(nameof(Losses))]
    public void CrossEntropyAndItsGradient(string name)
    {
        OpCase c = OpCase.All.Single(x => x.Name == name);
        Graph graph = Graph.Create(name, TensorSource.Node(c.Batch, c.Shape), c.Shape);
        using Runtime runtime = new(new RuntimeOptions { Backend = BackendChoice.Managed, Threads = 2 });
        using ParameterSet parameters = ParameterSet.For(graph);
        Parameter src = parameters["source.value"];
        Plan plan = runtime.Compile(graph, parameters, new PlanOptions { Batch = c.Batch, Training = true, Loss = new SoftmaxCrossEntropy(), KeepGradients = true });
        src.Write(Goldens.Tensor(name, "src")!);
        Labels(c).CopyTo(plan.Labels);
        plan.Run();
        Goldens.Close(Goldens.Tensor(name, "dst")!, [(float)(plan.State.Loss.Loss / plan.State.Loss.Weight)], Goldens.Bound(name, "dst"), $"{name} loss");
        float[] scaled = [.. plan.Gradient(src).ToArray().Select(x => x * Goldens.Tensor(name, "diffDst")![0])];
        Goldens.Close(Goldens.Tensor(name, "diffSrc")!, scaled, Goldens.Bound(name, "diffSrc"), $"{name} diffSrc");
    }

    [Theory]
    [MemberData(nameof(Inputs))]
    public void NormalizeIsToTensorAndNormalize(string name)
    {
        OpCase c = OpCase.All.Single(x => x.Name == name);
        Graph graph = Graph.Create(name, ImageInput.Node().Normalize(c.Floats("mean"), c.Floats("std")), c.Shape);
        using Runtime runtime = new(new RuntimeOptions { Backend = BackendChoice.Managed, Threads = 2 });
        using ParameterSet parameters = ParameterSet.For(graph);
        Plan plan = runtime.Compile(graph, parameters, new PlanOptions { Batch = c.Batch });
        Goldens.Bytes(name, "src").CopyTo(plan.Pixels);
        plan.Run();
        Goldens.Close(Goldens.Tensor(name, "dst")!, plan.Logits, Goldens.Bound(name, "dst"), $"{name} dst");
    }

    /// <summary>
    /// Along a random direction of length 1, with h = 2^-6: the loss is smooth with third derivatives below 1, so the quotient errs by at most h^2 / 6, plus the
    /// golden's rounding bound over h.
    /// </summary>
    [Theory]
    [MemberData(nameof(Losses))]
    public void TheLosssGradientIsItsDifferenceQuotient(string name)
    {
        const float H = 1f / 64;
        OpCase c = OpCase.All.Single(x => x.Name == name);
        Graph graph = Graph.Create(name, TensorSource.Node(c.Batch, c.Shape), c.Shape);
        using Runtime runtime = new(new RuntimeOptions { Backend = BackendChoice.Managed, Threads = 2 });
        using ParameterSet parameters = ParameterSet.For(graph);
        Parameter src = parameters["source.value"];
        Plan plan = runtime.Compile(graph, parameters, new PlanOptions { Batch = c.Batch, Training = true, Loss = new SoftmaxCrossEntropy(), KeepGradients = true });
        float[] at = Goldens.Tensor(name, "src")!;
        PhiloxKey key = new(19, RandomStream.Split, 0, 0);
        double length = 1 / Math.Sqrt(at.Length);
        float[] v = [.. at.Select((_, i) => (float)(key.Unit((ulong)i) < 0.5f ? -length : length))];
        Loss([.. at]);
        double expected = plan.Gradient(src).ToArray().Select((g, i) => (double)g * v[i]).Sum();
        double got = (Loss([.. at.Select((x, i) => x + H * v[i])]) - Loss([.. at.Select((x, i) => x - H * v[i])])) / (2 * H);
        double allowed = Goldens.Bound(name, "dst") / H + H * H / 6;
        Assert.True(Math.Abs(got - expected) <= allowed, $"{name}: the difference quotient is {got:g7}, the gradient says {expected:g7}, allowed {allowed:g3}");

        double Loss(float[] logits)
        {
            src.Write(logits);
            Labels(c).CopyTo(plan.Labels);
            plan.Run();
            return plan.State.Loss.Loss / plan.State.Loss.Weight;
        }
    }

    private static Label[] Labels(OpCase c)
    {
        float[] a = c.Floats("labels"), weights = c.Floats("weights");
        bool mixed = c.Args.TryGetProperty("labelsB", out JsonElement _);
        return [.. a.Select((label, i) => new Label((int)label, mixed ? (int)c.Floats("labelsB")[i] : (int)label, mixed ? c.Floats("lambdas")[i] : 1f, weights[i]))];
    }
}
