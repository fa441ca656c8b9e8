using System.Text.Json;
using Fovea.Kernels;

namespace Fovea.Training.Tests;

public class ScheduleTests
{
    private static readonly JsonElement Golden = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "goldens", "schedules.json"))).RootElement;

    public static TheoryData<int> Cases => [.. Enumerable.Range(0, Golden.GetProperty("cases").GetArrayLength())];

    [Theory]
    [MemberData(nameof(Cases))]
    public void ARunHasTheRatesOfPyTorch(int index)
    {
        JsonElement golden = Golden.GetProperty("cases")[index], given = golden.GetProperty("options");
        int epochs = Golden.GetProperty("epochs").GetInt32(), steps = Golden.GetProperty("steps").GetInt32();
        using TempFolder folder = new();
        TrainingOptions options = Train.Options(folder) with
        {
            Epochs = epochs,
            Lr = Golden.GetProperty("lr").GetDouble(),
            Sched = golden.GetProperty("sched").GetString()!,
            StepSize = Given(given, "stepSize", x => x.GetInt32()),
            Gamma = Given(given, "gamma", x => x.GetDouble()),
            Patience = Given(given, "patience", x => x.GetInt32()),
            Monitor = given.TryGetProperty("monitor", out JsonElement monitor) ? monitor.GetString() : null,
            Milestones = given.TryGetProperty("milestones", out JsonElement milestones) ? [.. milestones.EnumerateArray().Select(m => m.GetInt32())] : null,
            WarmupEpochs = Given(given, "warmupEpochs", x => x.GetInt32()) ?? 0,
        };
        LearningRateSchedule schedule = options.Resolved().CreateSchedule();
        EpochResult[] results = [.. Enumerable.Range(0, epochs).Select(i => new EpochResult(
            i + 1, 0, 0, Golden.GetProperty("losses")[i].GetDouble(), Golden.GetProperty("accuracies")[i].GetDouble(), 0, 0, 0))];
        double[] expected = [.. golden.GetProperty("rates").EnumerateArray().Select(x => x.GetDouble())];
        for (int i = 0; i < expected.Length; i++)
        {
            // Only the results of epochs that are over are handed out. PyTorch's chained forms round once or more a step; a rate is never above 0.4.
            double rate = schedule.Rate(i / steps, i % steps, steps, results[..(i / steps)]);
            Assert.True(Math.Abs(rate - expected[i]) <= 1e-13, $"step {i}: expected {expected[i]:R}, got {rate:R}");
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 3)]
    [InlineData(2, 2)]
    public void OneCycleOfAFewStepsStaysBetweenItsEnds(int epochs, int steps)
    {
        OneCycleSchedule schedule = new(0.5, epochs);
        for (int i = 0; i < epochs * steps; i++)
            Assert.InRange(schedule.Rate(i / steps, i % steps, steps, []), 0.5 / 25e4, 0.5);
    }

    [Fact]
    public void TheNextRateAfterAPlateauWaitsForItsResults()
    {
        using TempFolder folder = new();
        TrainingOptions options = Train.Options(folder) with { Epochs = 4, Lr = 1e-9, Momentum = 0, WeightDecay = 0, Sched = "plateau", Patience = 0, Gamma = 0.5 };
        // With a rate that changes next to nothing the validation loss never falls by 0.01 %; below 1e-8 PyTorch does not reduce any more.
        Assert.Equal([1e-9, 1e-9, 1e-9, 1e-9], Train.Run(options with { Name = "small" }, SyntheticDataset.Splits(32, 8)).Epochs.Select(e => e.Lr));
        Assert.Equal([1e-6, 1e-6, 5e-7, 2.5e-7], Train.Run(options with { Lr = 1e-6, Name = "large" }, SyntheticDataset.Splits(32, 8)).Epochs.Select(e => e.Lr));
    }

    private static T? Given<T>(JsonElement options, string name, Func<JsonElement, T> read) where T : struct =>
        options.TryGetProperty(name, out JsonElement value) ? read(value) : null;

    [Fact]
    public void AnUnknownScheduleNamesTheKnownOnes() =>
        Assert.Contains("constant, step, multistep, cosine, onecycle, triangle, plateau", Assert.Throws<FoveaException>(() => ScheduleList.Find("polynomial")).Message);

    [Fact]
    public void TheRunUsesIt()
    {
        using TempFolder folder = new();
        RunSummary summary = Train.Run(Train.Options(folder) with { Epochs = 3, Sched = "step", StepSize = 2, Gamma = 0.5, Lr = 0.02 }, SyntheticDataset.Splits(32, 8));
        Assert.Equal([0.02, 0.02, 0.01], summary.Epochs.Select(e => e.Lr));
    }
}
