using System.Text.Json;
using Fovea.Engine;
using Fovea.Engine.Ops;
using Fovea.Engine.Planning;
using Fovea.Training;

namespace Fovea.Models.Tests;

/// <summary>
/// Whole networks in bfloat16 against PyTorch's float64 (tests/goldens/networks.py). A layer rounds its input, its weights and its result, each by at most u = 2^-8 and
/// as often up as down, so that L layers err by some sqrt(3 L) u / 2 of a vector's length where they neither damp nor magnify; four times that is allowed. A gradient
/// that is missing, a wrong layout or a lost bias moves a result by its own length.
/// </summary>
public sealed class BFloat16Tests
{
    private const double Unit = 1.0 / 256;

    private static readonly RuntimeOptions s_runtime = new() { Threads = 2, Precision = PrecisionChoice.Auto };

    public static TheoryData<string> Networks => [.. NetworkGolden.All.Select(g => g.Id)];

    public static TheoryData<string> Trained => [.. NetworkGolden.All.Where(g => g.Json.TryGetProperty("sgd", out _)).Select(g => g.Id)];

    [SkippableTheory]
    [MemberData(nameof(Networks))]
    public void LogitsAreNearThoseOfPyTorch(string id)
    {
        NetworkGolden golden = NetworkGolden.Find(id);
        using GoldenPlan network = new(golden.Inference, s_runtime, new PlanOptions { Batch = 1 });
        network.Run(0);
        (Plan plan, double allowed) = (network.Plan, Allowed(network.Plan));
        for (int row = 0; row < golden.Logits.Length; row++)
        {
            double[] expected = golden.Logits[row];
            double error = 0, norm = 0;
            for (int i = 0; i < expected.Length; i++)
            {
                error += Math.Pow(plan.Logits[row * golden.Classes + i] - expected[i], 2);
                norm += expected[i] * expected[i];
            }
            Assert.True(Math.Sqrt(error) <= allowed * Math.Sqrt(norm), $"{id}, row {row}: off by {Math.Sqrt(error / norm):g3} of its length, allowed {allowed:g3}");
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Trained))]
    public void TenStepsOfSgdStayNearPyTorch(string id)
    {
        NetworkGolden golden = NetworkGolden.Find(id);
        JsonElement sgd = golden.Sgd;
        Sgd rule = new(new OptimizerSettings { Momentum = sgd.GetProperty("momentum").GetDouble(), WeightDecay = sgd.GetProperty("weightDecay").GetDouble() });
        PlanOptions options = new() { Batch = 1, Training = true, Loss = new SoftmaxCrossEntropy(), Update = rule };
        using GoldenPlan network = new(new GoldenSetting(golden, sgd), s_runtime, options);
        double[] expected = NetworkGolden.Doubles(sgd.GetProperty("losses64"));
        double allowed = Allowed(network.Plan);
        for (int step = 0; step < expected.Length; step++)
        {
            double loss = network.Run(step, sgd.GetProperty("lr").GetDouble());
            Assert.True(Math.Abs(loss - expected[step]) <= allowed * expected[step], $"{id}, step {step + 1}: loss {loss}, PyTorch {expected[step]}, allowed {allowed:p1}");
        }
    }

    /// <summary>In between, everything stays in bfloat16: only the logits become float32, and their gradient bfloat16 again.</summary>
    [SkippableTheory]
    [InlineData("nin-cifar", 2)]
    [InlineData("vgg16", 6)]
    [InlineData("resnet18", 2)]
    [InlineData("squeezenet1_0", 2)]
    public void TypesChangeOnlyAroundLinearLayersAndTheLoss(string name, int conversions)
    {
        using Runtime runtime = Backends.Open(s_runtime);
        Graph graph = ModelZoo.Build(Architecture.Of(ModelZoo.Find(name), classes: 10));
        using ParameterSet parameters = ParameterSet.For(graph);
        Plan plan = runtime.Compile(graph, parameters, new PlanOptions { Batch = 2, Training = true, Loss = new SoftmaxCrossEntropy() });
        Step[] changes = [.. plan.Steps.Where(step => step.Work.StartsWith("reorder", StringComparison.Ordinal) && !step.Work.Contains("weight", StringComparison.Ordinal)
            && step.Work.Split(" -> ") is [var from, var to] && from.EndsWith("bf16", StringComparison.Ordinal) != to.EndsWith("bf16", StringComparison.Ordinal))];
        Assert.True(changes.Length <= conversions, string.Join("\n", changes.Select(step => $"{step.Layer}: {step.Work}")));
        Assert.DoesNotContain(plan.Steps, step => step.Kernel.Contains("ref", StringComparison.Ordinal));
    }

    private static double Allowed(Plan plan) => 4 * Math.Sqrt(3 * plan.Graph.Layers.Count(layer => layer.Macs > 0)) * Unit / 2;
}
