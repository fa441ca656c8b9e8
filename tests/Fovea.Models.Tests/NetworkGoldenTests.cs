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

    /// <summary>Relative to the gradient's norm; more only where PyTorch's float32 itself misses float64 by a quarter of this, as the golden says.</summary>
    private const double GradientTolerance = 1e-3;

    public static TheoryData<string, BackendChoice> Networks => Cases(NetworkGolden.All);

    public static TheoryData<string, BackendChoice> WithTraining => Cases(NetworkGolden.All.Where(g => g.HasTraining));

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
        Assert.Equal(golden.Keys, Formula.Trained(parameters).Select(p => p.Name));
        Plan plan = runtime.Compile(graph, parameters, new PlanOptions { Batch = golden.Batch });
        Formula.Batch(0, golden.Batch, golden.Classes, golden.Architecture.Input, plan.Pixels, []);
        plan.Run();
        CheckLogits(golden, plan, golden.Logits, golden.Norms);
    }

    /// <summary>Training mode: logits and loss with the batch's statistics, every gradient, and what the running statistics become.</summary>
    [SkippableTheory]
    [MemberData(nameof(WithTraining))]
    public void OnePassOfTrainingIsThatOfPyTorch(string id, BackendChoice backend)
    {
        SkipWithout(backend);
        NetworkGolden golden = NetworkGolden.All.Single(g => g.Id == id);
        JsonElement training = golden.Training;
        Graph graph = ModelZoo.Build(golden.Architecture);
        using Runtime runtime = new(new RuntimeOptions { Backend = backend, Threads = 2 });
        using ParameterSet parameters = ParameterSet.For(graph);
        Formula.Fill(parameters, golden.HeadScale, golden.NormShift);
        Plan plan = runtime.Compile(graph, parameters, new PlanOptions { Batch = golden.Batch, Training = true, Loss = new SoftmaxCrossEntropy(), KeepGradients = true });
        Formula.Batch(0, golden.Batch, golden.Classes, golden.Architecture.Input, plan.Pixels, plan.Labels);
        plan.Run();
        CheckLogits(golden, plan, [.. training.GetProperty("logits").EnumerateArray().Select(NetworkGolden.Doubles)], NetworkGolden.Doubles(training.GetProperty("norm")));
        double expected = training.GetProperty("loss").GetDouble();
        Assert.Equal(expected, plan.State.Loss.Loss / plan.State.Loss.Weight, LossTolerance * expected);
        // Where PyTorch's own float32 errs by more than usual (a ReLU whose input ties switches), so may we: four times as much, for the luck of other roundings.
        double tolerance = Math.Max(GradientTolerance, 4 * training.GetProperty("float32Error").GetDouble());
        CheckNorms(training.GetProperty("gradients"), parameters, p => plan.Gradient(p), "gradient", tolerance, golden.GradientFloor);
        CheckNorms(training.GetProperty("running"), parameters, p => p.Data, "running statistic");
        Parameter[] trained = Formula.Trained(parameters);
        for (int p = 0; p < trained.Length; p++)
        {
            double norm = training.GetProperty("gradients").GetProperty(trained[p].Name).GetDouble(), projected = training.GetProperty("projections").GetProperty(trained[p].Name).GetDouble();
            double got = Formula.Projection(p, trained[p], plan.Gradient(trained[p]));
            Assert.True(Math.Abs(got - projected) <= tolerance * Math.Max(norm, golden.GradientFloor), $"{id}: gradient of {trained[p].Name}: projection {got}, PyTorch {projected}, norm {norm}");
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
        Formula.Fill(parameters, golden.HeadScale, golden.NormShift);
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
                CheckNorms(sgd.GetProperty("gradients"), parameters, p => plan.Gradient(p), "gradient", floor: golden.HasTraining ? golden.GradientFloor : 0);
        }
        CheckNorms(sgd.GetProperty("parametersAfter"), parameters, p => p.Data, "parameter after ten steps");
    }

    private static void CheckLogits(NetworkGolden golden, Plan plan, double[][] expected, double[] norms)
    {
        for (int row = 0; row < expected.Length; row++)
        {
            float[] logits = plan.Logits.Slice(row * golden.Classes, golden.Classes).ToArray();
            double largest = logits.Max(x => Math.Abs((double)x));
            for (int i = 0; i < expected[row].Length; i++)
                Assert.True(Math.Abs(logits[i] - expected[row][i]) <= LogitTolerance * largest, $"{golden.Id}, row {row}, class {i}: {logits[i]}, PyTorch {expected[row][i]}");
            double norm = Math.Sqrt(logits.Sum(x => (double)x * x));
            Assert.Equal(norms[row], norm, LogitTolerance * norm);
        }
    }

    private delegate ReadOnlySpan<float> Values(Parameter parameter);

    private static void CheckNorms(
        JsonElement expected, ParameterSet parameters, Values values, string what, double tolerance = GradientTolerance, double floor = 0)
    {
        foreach (JsonProperty property in expected.EnumerateObject())
        {
            double sum = 0;
            foreach (float x in values(parameters[property.Name]))
                sum += (double)x * x;
            double norm = property.Value.GetDouble();
            Assert.True(Math.Abs(Math.Sqrt(sum) - norm) <= tolerance * Math.Max(norm, floor), $"{what} {property.Name}: norm {Math.Sqrt(sum)}, PyTorch {norm}");
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
