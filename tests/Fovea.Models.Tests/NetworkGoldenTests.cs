using System.Text.Json;
using Fovea.Engine;
using Fovea.Engine.Ops;
using Fovea.Engine.Planning;
using Fovea.Training;
using Xunit.Abstractions;

namespace Fovea.Models.Tests;

/// <summary>Whole networks against PyTorch with the formula's weights (tests/goldens/networks.py), on both backends. Each test prints its worst relative errors.</summary>
public sealed class NetworkGoldenTests(ITestOutputHelper output)
{
    /// <summary>Relative to the largest logit.</summary>
    private const double LogitTolerance = 1e-4;

    /// <summary>Relative; networks.py has checked that float32 and float64 agree to 1e-5 over the ten steps.</summary>
    private const double LossTolerance = 1e-4;

    /// <summary>Relative to the gradient's norm; networks.py has checked that PyTorch's float32 runs, from images and weights an ulp apart, stay within a fifth of it.</summary>
    private const double GradientTolerance = 1e-3;

    // The batch is the golden's.
    private static readonly PlanOptions s_inference = new() { Batch = 1 }, s_training = s_inference with { Training = true, Loss = new SoftmaxCrossEntropy() };

    public static TheoryData<string, BackendChoice> Networks => Cases(NetworkGolden.All);

    public static TheoryData<string, BackendChoice> Trained => Cases(NetworkGolden.All.Where(g => g.Json.TryGetProperty("sgd", out _)));

    [SkippableTheory]
    [MemberData(nameof(Networks))]
    public void LogitsAreThoseOfPyTorch(string id, BackendChoice backend)
    {
        NetworkGolden golden = NetworkGolden.Find(id);
        using GoldenPlan network = new(golden.Inference, On(backend), s_inference);
        Assert.Equal(golden.Keys, network.Trained.Select(p => p.Name));
        network.Run(0);
        CheckLogits(golden, network.Plan, golden.Logits, golden.Norms);
    }

    /// <summary>Training mode: logits and loss with the batch's statistics, every gradient, and what the running statistics become.</summary>
    [SkippableTheory]
    [MemberData(nameof(Networks))]
    public void OnePassOfTrainingIsThatOfPyTorch(string id, BackendChoice backend)
    {
        NetworkGolden golden = NetworkGolden.Find(id);
        JsonElement training = golden.Training;
        using GoldenPlan network = new(new GoldenSetting(golden, training), On(backend), s_training with { KeepGradients = true });
        (Plan plan, ParameterSet parameters) = (network.Plan, network.Parameters);
        network.Run(0);
        CheckLogits(golden, plan, [.. training.GetProperty("logits").EnumerateArray().Select(NetworkGolden.Doubles)], NetworkGolden.Doubles(training.GetProperty("norm")));
        CheckLoss(plan.State.Loss.Loss / plan.State.Loss.Weight, training.GetProperty("loss").GetDouble(), "loss");
        CheckNorms(training.GetProperty("gradients"), parameters, p => plan.Gradient(p), "gradient", floor: golden.GradientFloor);
        JsonElement running = training.GetProperty("running");
        Assert.Equal(parameters.All.Count(p => !p.Spec.IsTrained), running.EnumerateObject().Count());
        if (running.EnumerateObject().Any())
            CheckNorms(running, parameters, p => p.Data, "running statistic");
        Parameter[] trained = network.Trained;
        Worst worst = new("projection of the gradient", GradientTolerance);
        for (int p = 0; p < trained.Length; p++)
        {
            double norm = training.GetProperty("gradients").GetProperty(trained[p].Name).GetDouble(), projected = training.GetProperty("projections").GetProperty(trained[p].Name).GetDouble();
            worst.Add(trained[p].Name, Formula.Projection(p, trained[p], plan.Gradient(trained[p])), projected, Math.Max(norm, golden.GradientFloor));
        }
        worst.Check(output);
    }

    [SkippableTheory]
    [MemberData(nameof(Trained))]
    public void TenStepsOfSgdFollowPyTorch(string id, BackendChoice backend)
    {
        NetworkGolden golden = NetworkGolden.Find(id);
        JsonElement sgd = golden.Sgd;
        Sgd rule = new(new OptimizerSettings { Momentum = sgd.GetProperty("momentum").GetDouble(), WeightDecay = sgd.GetProperty("weightDecay").GetDouble() });
        // The gradients are the pass of training's to check: here they have the memory of a plan in use.
        using GoldenPlan network = new(new GoldenSetting(golden, sgd), On(backend), s_training with { Update = rule });
        double[] expected = NetworkGolden.Doubles(sgd.GetProperty("losses64"));
        for (int step = 0; step < expected.Length; step++)
            CheckLoss(network.Run(step, sgd.GetProperty("lr").GetDouble()), expected[step], $"loss of step {step + 1}");
        CheckNorms(sgd.GetProperty("parametersAfter"), network.Parameters, p => p.Data, "parameter after ten steps");
    }

    private void CheckLoss(double loss, double expected, string what)
    {
        Worst worst = new(what, LossTolerance);
        worst.Add("batch", loss, expected, expected);
        worst.Check(output);
    }

    private void CheckLogits(NetworkGolden golden, Plan plan, double[][] expected, double[] norms)
    {
        Worst worst = new("logit", LogitTolerance);
        for (int row = 0; row < expected.Length; row++)
        {
            float[] logits = plan.Logits.Slice(row * golden.Classes, golden.Classes).ToArray();
            double largest = logits.Max(x => Math.Abs((double)x));
            for (int i = 0; i < expected[row].Length; i++)
                worst.Add($"row {row}, class {i}", logits[i], expected[row][i], largest);
            worst.Add($"row {row}, norm", Math.Sqrt(logits.Sum(x => (double)x * x)), norms[row], norms[row]);
        }
        worst.Check(output);
    }

    private delegate ReadOnlySpan<float> Values(Parameter parameter);

    private void CheckNorms(JsonElement expected, ParameterSet parameters, Values values, string what, double floor = 0)
    {
        Worst worst = new($"{what}'s norm", GradientTolerance);
        foreach (JsonProperty property in expected.EnumerateObject())
        {
            double sum = 0;
            foreach (float x in values(parameters[property.Name]))
                sum += (double)x * x;
            double norm = property.Value.GetDouble();
            worst.Add(property.Name, Math.Sqrt(sum), norm, Math.Max(norm, floor));
        }
        worst.Check(output);
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

    private static RuntimeOptions On(BackendChoice backend) => new() { Backend = backend, Threads = 2 };
}
