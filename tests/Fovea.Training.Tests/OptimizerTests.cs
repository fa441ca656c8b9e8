using System.Text.Json;
using Fovea.Engine;
using Fovea.Engine.Planning;
using Fovea.Kernels;
using Fovea.Kernels.Threading;

namespace Fovea.Training.Tests;

public class OptimizerTests
{
    private static readonly JsonElement Golden = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "goldens", "optimizers.json"))).RootElement;

    public static TheoryData<int> Cases => [.. Enumerable.Range(0, Golden.GetProperty("cases").GetArrayLength())];

    [Theory]
    [MemberData(nameof(Cases))]
    public void TwentyStepsAreThoseOfPyTorch(int index)
    {
        JsonElement golden = Golden.GetProperty("cases")[index], options = golden.GetProperty("options");
        UpdateRule rule = OptimizerList.Find(golden.GetProperty("optimizer").GetString()!).Create(new OptimizerSettings
        {
            Momentum = Number(options, "momentum"),
            WeightDecay = Number(options, "weight_decay"),
            Nesterov = options.TryGetProperty("nesterov", out _),
        });
        float[] start = Floats(Golden.GetProperty("start"));
        using Parameter parameter = new("w", new ParameterSpec("weight", [start.Length], ParameterRole.LinearWeight, 1, 1));
        parameter.Write(start);
        parameter.EnsureStates(rule.States.Count);
        using WorkerTeam team = new(2);
        StepState state = new() { LearningRate = Number(options, "lr") };
        foreach ((int step, JsonElement gradient) in Golden.GetProperty("gradients").EnumerateArray().Index())
        {
            state.Step = step;
            rule.Apply(team, state, parameter, Floats(gradient));
            if (step == 0)
                Near(Floats(golden.GetProperty("first")), parameter.Data, steps: 1);
        }
        Near(Floats(golden.GetProperty("last")), parameter.Data, steps: 20);
        Assert.Equal(golden.GetProperty("states").EnumerateObject().Select(s => s.Name).Order(), rule.States.Order());
        foreach ((int i, string name) in rule.States.Index())
            Near(Floats(golden.GetProperty("states").GetProperty(name)), parameter.State(i), steps: 20);
    }

    [Fact]
    public void AnUnknownOptimizerNamesTheNearest() =>
        Assert.Contains("Did you mean 'adam'?", Assert.Throws<FoveaException>(() => OptimizerList.Find("adan")).Message);

    // A step rounds at most 8 times (decay, two moments, root, quotient, update), each by half a unit in the last place of something no larger than the largest value.
    private static void Near(float[] expected, ReadOnlySpan<float> actual, int steps)
    {
        float largest = expected.Max(MathF.Abs), tolerance = steps * 8 * largest * MathF.Pow(2, -24);
        for (int i = 0; i < expected.Length; i++)
            Assert.True(MathF.Abs(expected[i] - actual[i]) <= tolerance, $"element {i}: expected {expected[i]:R}, got {actual[i]:R}, tolerance {tolerance:R}");
    }

    private static double Number(JsonElement options, string name) => options.TryGetProperty(name, out JsonElement value) ? value.GetDouble() : 0;

    private static float[] Floats(JsonElement array) => [.. array.EnumerateArray().Select(x => x.GetSingle())];
}
