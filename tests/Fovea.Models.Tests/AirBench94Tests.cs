using System.Text.Json;
using Fovea.Engine;
using Fovea.Engine.Planning;
using Fovea.Training;
using Xunit.Abstractions;

namespace Fovea.Models.Tests;

/// <summary>airbench94 and everything that its recipe trains it with, against PyTorch (tests/goldens/airbench.py).</summary>
public sealed class AirBench94Tests(ITestOutputHelper output)
{
    /// <summary>Relative; airbench.py has checked that float32 stays within a tenth of it.</summary>
    private const double LossTolerance = 1e-4;

    /// <summary>Of a norm or projection, relative to the norm; airbench.py has checked that float32 stays within a tenth of it.</summary>
    private const double ParameterTolerance = 1e-3;

    private static readonly JsonElement Golden = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "goldens", "airbench94.json"))).RootElement;

    private static readonly ModelSpec Spec = ModelZoo.Find("airbench94");

    [Fact]
    public void TheFirstFiltersWhitenAndTheirNegativesFollow()
    {
        Architecture architecture = Architecture.Of(Spec);
        int count = Golden.GetProperty("images").GetInt32();
        byte[] pixels = new byte[count * architecture.Input.Features];
        Formula.Batch(0, count, 10, architecture.Input, pixels, []);
        using ParameterSet parameters = ParameterSet.For(ModelZoo.Build(architecture));
        Initializer initializer = Initializers.Find("default", Spec);
        initializer.Apply(parameters, Spec, seed: 3);
        initializer.Fit(parameters, architecture, pixels);
        float[] values = parameters["whiten.weight"].Data.ToArray();
        double[][] expected = [.. Golden.GetProperty("whitening").EnumerateArray().Select(NetworkGolden.Doubles)];
        Assert.Equal(values.Length, 2 * expected.Length * expected[0].Length);
        for (int f = 0; f < expected.Length; f++)
        {
            float[] filter = [.. values.Skip(f * 12).Take(12)];
            double sign = Math.Sign(filter.MaxBy(Math.Abs)), scale = expected[f].Max(Math.Abs);
            for (int i = 0; i < 12; i++)
            {
                // Both sides compute in double; what is left is PyTorch's nine digits and one rounding to float32.
                Assert.True(Math.Abs((sign * filter[i]) - expected[f][i]) <= 1e-6 * scale, $"filter {f}, value {i}: PyTorch {expected[f][i]}, got {sign * filter[i]}");
                Assert.Equal(-filter[i], values[((f + 12) * 12) + i]);
            }
        }
    }

    [Fact]
    public void OtherConvolutionsBeginWithTheIdentity()
    {
        using ParameterSet parameters = ParameterSet.For(ModelZoo.Build(Architecture.Of(Spec)));
        Initializers.Find("default", Spec).Apply(parameters, Spec, seed: 3);
        ReadOnlySpan<float> widening = parameters["block2.conv1.weight"].Data;
        const int Filter = 64 * 9;
        for (int o = 0; o < 64; o++)
        {
            for (int i = 0; i < Filter; i++)
                Assert.Equal(i == (o * 9) + 4 ? 1f : 0f, widening[(o * Filter) + i]);
        }
        // The filters behind are PyTorch's: U(-b, b) with b = 1 / sqrt(fan in).
        float bound = 1 / MathF.Sqrt(Filter), largest = 0;
        for (int i = 64 * Filter; i < widening.Length; i++)
            largest = Math.Max(largest, Math.Abs(widening[i]));
        Assert.InRange(largest, 0.99f * bound, bound);
        Assert.All(parameters["whiten.bias"].Data.ToArray(), bias => Assert.Equal(0f, bias));
        Assert.All(parameters["block1.norm1.weight"].Data.ToArray(), scale => Assert.Equal(1f, scale));
    }

    /// <summary>Nesterov with a rate for summands of its own, smoothing, the triangle, lookahead, and a first layer that is frozen on the way.</summary>
    [SkippableTheory]
    [InlineData(BackendChoice.Managed)]
    [InlineData(BackendChoice.OneDnn)]
    public void TwentyStepsOfItsTrainingFollowPyTorch(BackendChoice backend)
    {
        Backends.Require(backend);
        Architecture architecture = Architecture.Of(Spec);
        int steps = Golden.GetProperty("steps").GetInt32(), batch = Golden.GetProperty("batch").GetInt32(), frozen = Golden.GetProperty("frozen").GetInt32();
        TrainingOptions options = new TrainingOptions
        {
            Architecture = architecture,
            Data = "formula",
            Opt = "sgd",
            Lr = Golden.GetProperty("lr").GetDouble(),
            Momentum = Golden.GetProperty("momentum").GetDouble(),
            Nesterov = true,
            WeightDecay = Golden.GetProperty("decay").GetDouble(),
            NormBiasLr = Golden.GetProperty("normBias").GetDouble(),
            LabelSmoothing = Golden.GetProperty("smoothing").GetDouble(),
            Lookahead = Golden.GetProperty("every").GetInt32(),
            Sched = "triangle",
            Epochs = 1,
            BatchSize = batch,
        }.Resolved();
        Lookahead rule = Assert.IsType<Lookahead>(options.CreateOptimizer());
        LearningRateSchedule schedule = options.CreateSchedule();
        Graph graph = ModelZoo.Build(architecture);
        using Runtime runtime = new(new RuntimeOptions { Backend = backend, Threads = 2 });
        using ParameterSet parameters = ParameterSet.For(graph);
        Initializers.Find("default", Spec).Apply(parameters, Spec, 0);
        string[] keys = [.. Golden.GetProperty("keys").EnumerateArray().Select(key => key.GetString()!)];
        for (int p = 0; p < keys.Length; p++)
            parameters[keys[p]].Write(Formula.Parameter(p, parameters[keys[p]].Spec.Shape));
        rule.Begin(parameters);
        Plan plan = runtime.Compile(graph, parameters, options.ToPlanOptions(batch, rule));
        double[] losses = NetworkGolden.Doubles(Golden.GetProperty("losses"));
        Worst loss = new("loss", LossTolerance), after = new("norm or projection of a slow weight", ParameterTolerance);
        for (int step = 0; step < steps; step++)
        {
            if (step == frozen)
            {
                parameters["whiten.bias"].Trainable = false;
                plan = runtime.Compile(graph, parameters, options.ToPlanOptions(batch, rule));
            }
            Formula.Batch(step * batch, batch, 10, architecture.Input, plan.Pixels, plan.Labels);
            (plan.State.Step, plan.State.LearningRate) = (step, schedule.Rate(0, step, steps, []));
            plan.Run();
            rule.Meet(parameters, step + 1, steps);
            loss.Add($"step {step + 1}", plan.State.Loss.Loss / plan.State.Loss.Weight, losses[step], losses[step]);
        }
        using (rule.Show(parameters))
        {
            int p = 0;
            foreach (JsonProperty norm in Golden.GetProperty("norms").EnumerateObject())
            {
                Parameter parameter = parameters[norm.Name];
                double expected = norm.Value.GetDouble();
                after.Add($"norm of {norm.Name}", Math.Sqrt(parameter.Data.ToArray().Sum(x => (double)x * x)), expected, expected);
                after.Add($"projection of {norm.Name}", Formula.Projection(p++, parameter, parameter.Data), Golden.GetProperty("projections").GetProperty(norm.Name).GetDouble(), expected);
            }
        }
        loss.Check(output);
        after.Check(output);
    }
}
