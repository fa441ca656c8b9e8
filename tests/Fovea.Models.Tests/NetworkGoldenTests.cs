using System.Text.Json;
using Fovea.Engine;
using Fovea.Engine.Ops;
using Fovea.Engine.Planning;
using Fovea.Training;

namespace Fovea.Models.Tests;

/// <summary>Whole networks against PyTorch with the formula's weights (tests/goldens/networks.py), on both backends.</summary>
public sealed class NetworkGoldenTests
{
    /// <summary>Relative to the largest logit.</summary>
    private const double LogitTolerance = 1e-4;

    /// <summary>Relative; networks.py has checked that float32 and float64 agree to 1e-5 over the ten steps.</summary>
    private const double LossTolerance = 1e-4;

    public static TheoryData<string, BackendChoice> Networks => Cases(NetworkGolden.All);

    public static TheoryData<string, BackendChoice> Trained => Cases(NetworkGolden.All.Where(g => g.Json.TryGetProperty("sgd", out _)));

    [SkippableTheory]
    [MemberData(nameof(Networks))]
    public void LogitsAreThoseOfPyTorch(string id, BackendChoice backend)
    {
        SkipWithout(backend);
        NetworkGolden golden = NetworkGolden.All.Single(g => g.Id == id);
        Graph graph = ModelZoo.Build(golden.Architecture);
        using Runtime runtime = new(new RuntimeOptions { Backend = backend, Threads = 2 });
        using ParameterSet parameters = ParameterSet.For(graph);
        Formula.Fill(parameters, golden.HeadScale);
        Plan plan = runtime.Compile(graph, parameters, new PlanOptions { Batch = golden.Batch });
        Formula.Batch(0, golden.Batch, golden.Classes, golden.Architecture.Input, plan.Pixels, []);
        plan.Run();
        double[][] expected = golden.Logits;
        for (int row = 0; row < expected.Length; row++)
        {
            float[] logits = plan.Logits.Slice(row * golden.Classes, golden.Classes).ToArray();
            double largest = logits.Max(x => Math.Abs((double)x));
            for (int i = 0; i < expected[row].Length; i++)
                Assert.True(Math.Abs(logits[i] - expected[row][i]) <= LogitTolerance * largest, $"{id}, row {row}, class {i}: {logits[i]}, PyTorch {expected[row][i]}");
            double norm = Math.Sqrt(logits.Sum(x => (double)x * x));
            Assert.Equal(golden.Norms[row], norm, LogitTolerance * norm);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Trained))]
    public void TenStepsOfSgdFollowPyTorch(string id, BackendChoice backend)
    {
        SkipWithout(backend);
        NetworkGolden golden = NetworkGolden.All.Single(g => g.Id == id);
        JsonElement sgd = golden.Sgd;
        Graph graph = ModelZoo.Build(golden.Architecture);
        using Runtime runtime = new(new RuntimeOptions { Backend = backend, Threads = 2 });
        using ParameterSet parameters = ParameterSet.For(graph);
        Formula.Fill(parameters, golden.HeadScale);
        Sgd rule = new(new OptimizerSettings { Momentum = sgd.GetProperty("momentum").GetDouble(), WeightDecay = sgd.GetProperty("weightDecay").GetDouble() });
        PlanOptions options = new() { Batch = golden.Batch, Training = true, Loss = new SoftmaxCrossEntropy(), Update = rule, KeepGradients = true };
        Plan plan = runtime.Compile(graph, parameters, options);
        double[] expected = NetworkGolden.Doubles(sgd.GetProperty("losses64"));
        for (int step = 0; step < expected.Length; step++)
        {
            Formula.Batch(step * golden.Batch, golden.Batch, golden.Classes, golden.Architecture.Input, plan.Pixels, plan.Labels);
            plan.State.Step = step;
            plan.State.LearningRate = sgd.GetProperty("lr").GetDouble();
            plan.Run();
            double loss = plan.State.Loss.Loss / plan.State.Loss.Weight;
            Assert.True(Math.Abs(loss - expected[step]) <= LossTolerance * expected[step], $"{id}, step {step + 1}: loss {loss}, PyTorch {expected[step]}");
            if (step == 0)
                CheckNorms(sgd.GetProperty("gradients"), parameters, p => plan.Gradient(p), "gradient");
        }
        CheckNorms(sgd.GetProperty("parametersAfter"), parameters, p => p.Data, "parameter after ten steps");
    }

    private delegate ReadOnlySpan<float> Values(Parameter parameter);

    private static void CheckNorms(JsonElement expected, ParameterSet parameters, Values values, string what)
    {
        foreach (JsonProperty property in expected.EnumerateObject())
        {
            double sum = 0;
            foreach (float x in values(parameters[property.Name]))
                sum += (double)x * x;
            double norm = property.Value.GetDouble();
            Assert.True(Math.Abs(Math.Sqrt(sum) - norm) <= 1e-3 * norm, $"{what} {property.Name}: norm {Math.Sqrt(sum)}, PyTorch {norm}");
        }
    }

    private static TheoryData<string, BackendChoice> Cases(IEnumerable<NetworkGolden> goldens)
    {
        TheoryData<string, BackendChoice> data = [];
        foreach (NetworkGolden golden in goldens)
        {
            data.Add(golden.Id, BackendChoice.Managed);
            data.Add(golden.Id, BackendChoice.OneDnn);
        }
        return data;
    }

    private static void SkipWithout(BackendChoice backend)
    {
        if (backend != BackendChoice.OneDnn)
            return;
        using Runtime runtime = new(new RuntimeOptions { Threads = 1 });
        Skip.IfNot(runtime.Backend == "onednn", "libdnnl is not installed");
    }
}
