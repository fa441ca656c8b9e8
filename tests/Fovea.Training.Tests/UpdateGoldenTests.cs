using System.Text.Json;
using Fovea.Engine;
using Fovea.Engine.Ops;
using Fovea.Engine.Planning;
using Fovea.Kernels;

namespace Fovea.Training.Tests;

/// <summary>Clipping, accumulation, decay by groups and averaged weights, together, against PyTorch in float64.</summary>
public sealed class UpdateGoldenTests
{
    private static readonly JsonElement Golden = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "goldens", "updates.json"))).RootElement;

    public static TheoryData<int, BackendChoice> Cases
    {
        get
        {
            TheoryData<int, BackendChoice> cases = [];
            for (int i = 0; i < Golden.GetProperty("cases").GetArrayLength(); i++)
            {
                cases.Add(i, BackendChoice.Managed);
                cases.Add(i, BackendChoice.OneDnn);
            }
            return cases;
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void SixUpdatesAreThoseOfPyTorch(int index, BackendChoice backend)
    {
        Backends.Require(backend);
        EngineThread.Run(() =>
        {
            Check(Golden.GetProperty("cases")[index], backend);
            return true;
        });
    }

    private static void Check(JsonElement golden, BackendChoice backend)
    {
        Node output = ImageInput.Node().Normalize([0.5f], [0.5f]).Flatten().Linear(6, name: "0").ReLU().Linear(3, name: "2");
        Graph graph = Graph.Create("small", output, new TensorShape(1, 3, 4));
        using Runtime runtime = new(new RuntimeOptions { Backend = backend, Threads = 2 });
        using ParameterSet parameters = ParameterSet.For(graph);
        foreach (Parameter parameter in parameters.All)
            parameter.Write([.. Doubles(golden.GetProperty("start").GetProperty(parameter.Name)).Select(x => (float)x)]);
        bool accumulate = golden.GetProperty("accumulate").GetBoolean();
        double? clip = golden.GetProperty("clip").ValueKind == JsonValueKind.Null ? null : golden.GetProperty("clip").GetDouble();
        int[] group = [.. Golden.GetProperty("group").EnumerateArray().Select(x => x.GetInt32())], sizes = accumulate ? group : [group.Sum()];
        WeightAverage rule = new(
            new Sgd(new OptimizerSettings
            {
                Momentum = Golden.GetProperty("momentum").GetDouble(),
                WeightDecay = Golden.GetProperty("decay").GetDouble(),
                DecayWeightsOnly = true,
            }),
            Golden.GetProperty("emaDecay").GetDouble());
        Dictionary<int, Plan> plans = sizes.Distinct().ToDictionary(size => size, size => runtime.Compile(graph, parameters, new PlanOptions
        {
            Batch = size,
            Training = true,
            Loss = new SoftmaxCrossEntropy(),
            Update = rule,
            ClipNorm = clip,
            Accumulate = accumulate,
        }));
        byte[] pixels = [.. Golden.GetProperty("pixels").EnumerateArray().Select(x => x.GetByte())];
        int[] labels = [.. Golden.GetProperty("labels").EnumerateArray().Select(x => x.GetInt32())];
        double[] norms = Doubles(golden.GetProperty("norms"));
        int at = 0;
        for (int update = 0; at < labels.Length; update++)
        {
            double weight = 0;
            Plan plan = null!;
            foreach (int size in sizes)
            {
                plan = plans[size];
                pixels.AsSpan(at * 12, size * 12).CopyTo(plan.Pixels);
                for (int i = 0; i < size; i++)
                    plan.Labels[i] = Label.Of(labels[at + i]);
                at += size;
                (plan.State.LearningRate, plan.State.Updates, plan.State.AccumulatedWeight) = (Golden.GetProperty("lr").GetDouble(), update, weight);
                plan.Run();
                weight += plan.State.Loss.Weight;
            }
            if (accumulate)
                plan.Update();
            if (clip is not null)
                Assert.Equal(norms[update], plan.State.GradientNorm, 1e-5);
        }
        foreach (Parameter parameter in parameters.All)
        {
            Near(golden.GetProperty("last").GetProperty(parameter.Name), parameter, parameter.Data);
            Near(golden.GetProperty("ema").GetProperty(parameter.Name), parameter, parameter.State(1));
        }
    }

    // An element of a gradient is a sum over 10 images of sums over at most 12 values of order 1: at most 30 roundings of 2^-24 matter. Momentum carries the
    // error of each of the 6 gradients on, at most 21 of them in all, times the learning rate of 0.5.
    private static void Near(JsonElement golden, Parameter parameter, ReadOnlySpan<float> memory)
    {
        const double Tolerance = 30 * 21 * 0.5 / (1 << 24);
        double[] expected = Doubles(golden);
        float[] actual = new float[expected.Length];
        parameter.ToFileOrder(memory, actual);
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= Tolerance, $"{parameter.Name}[{i}]: PyTorch {expected[i]:R}, got {actual[i]:R}");
    }

    private static double[] Doubles(JsonElement array) => [.. array.EnumerateArray().Select(x => x.GetDouble())];
}
