using Fovea.Kernels;

namespace Fovea.Training.Tests;

public sealed class TimeBudgetTests
{
    [Theory]
    [InlineData("90s", 90, "90s")]
    [InlineData("20m", 1200, "20m")]
    [InlineData("2h", 7200, "2h")]
    [InlineData("120s", 120, "2m")]
    public void Texts(string text, int seconds, string written)
    {
        Assert.Equal(seconds, TimeBudget.Parse(text).Time.TotalSeconds);
        Assert.Equal(written, TimeBudget.Parse(text).ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("20")]
    [InlineData("0m")]
    [InlineData("-1h")]
    [InlineData("1.5h")]
    [InlineData("20 m")]
    public void WrongTexts(string text) => Assert.Contains("90s, 20m or 2h", Assert.Throws<FoveaException>(() => TimeBudget.Parse(text)).Message);

    [Theory]
    [InlineData(10.0, 30.0, 100, 113)] // 1170 s are left, 10.3 s an epoch with the reserve
    [InlineData(10.0, 30.0, 50, 50)] // --epochs is the most
    [InlineData(1150.0, 30.0, 100, 1)]
    [InlineData(1280.0, 30.0, 100, 1)] // a tenth over is let pass
    public void TheEpochsAreWhatFits(double secondsPerEpoch, double spent, int most, int epochs)
    {
        using TempFolder folder = new();
        TrainingOptions options = Train.Options(folder) with { TimeBudget = TimeBudget.Parse("20m"), Epochs = most == 100 ? 100_000 : most };
        Assert.Equal(epochs, Sizing.Of(options, secondsPerEpoch, 100, spent, 1000).Epochs);
    }

    [Fact]
    public void WhereNotEvenOneEpochFitsTheErrorSaysHowManyImagesWould()
    {
        using TempFolder folder = new();
        TrainingOptions options = Train.Options(folder) with { TimeBudget = TimeBudget.Parse("20m"), Epochs = 100_000 };
        FoveaException error = Assert.Throws<FoveaException>(() => Sizing.Of(options, 12000, 10, 0, 120_000));
        Assert.Contains("takes about 12000 s", error.Message);
        Assert.Contains("--limit-train 11650", error.Message);
    }

    [Fact]
    public void ARunKeepsItsTimeAndWritesDownWhatItChose()
    {
        using TempFolder folder = new();
        List<TrainingEvent> events = [];
        TrainingOptions options = Train.Options(folder) with { TimeBudget = TimeBudget.Parse("3s"), Epochs = 100_000 };
        RunSummary run = Train.Run(options, on: events.Add);
        RunArgs args = RunArgs.Load(run.Run);
        Assert.Equal(args.Sizing!.Epochs, args.Options.Epochs);
        Assert.Equal("3s", args.Options.TimeBudget!.ToString());
        Assert.Contains("images/s measured", events.OfType<RunStarted>().Single().Sizing);
        Assert.InRange(run.Epochs.Count, 1, args.Options.Epochs);
        // By the times that the run itself wrote down, because how long this process waits for a processor is not the run's: no epoch
        // began that would have crossed the budget and its tenth, had it taken as long as the one before it.
        double[] times = [.. run.Epochs.Select(e => e.Seconds)];
        for (int next = 1; next < times.Length; next++)
            Assert.True(times[..next].Sum() + times[next - 1] <= 3 * RunEnd.Tolerance, $"epoch {next + 1} began after {times[..next].Sum()} s");
        // And where epochs were left out, it was for that reason.
        Assert.True(times.Length == args.Options.Epochs || times.Sum() + times[^1] > 3 * RunEnd.Tolerance, $"ended after {times.Length} epochs in {times.Sum()} s");
        Assert.True(SavedRun.Open(run.Run).IsFinished);
    }

    [Fact]
    public void TheMeasurementLeavesNoTrace()
    {
        using TempFolder folder = new();
        TrainingOptions options = Train.Options(folder) with { Epochs = 1, Opt = "adamw", Momentum = null, Ema = 0.9, Accumulate = 2, Mixup = 0.3 };
        RunSummary plain = Train.Run(options with { Name = "plain" }), sized = Train.Run(options with { Name = "sized", TimeBudget = TimeBudget.Parse("1h") });
        Assert.True(Train.Checkpoint(plain.Run, "resume").AsSpan().SequenceEqual(Train.Checkpoint(sized.Run, "resume")));
        Assert.Equal(Train.Results(plain.Run), Train.Results(sized.Run));
    }

    [Fact]
    public void BrokenImagesThatTheMeasurementMetAreStillReported()
    {
        using TempFolder folder = new();
        TrainingOptions options = Train.Options(folder) with { Epochs = 1, AllowBroken = true, TimeBudget = TimeBudget.Parse("1h") };
        RunSummary run = Train.Run(options, SyntheticDataset.Splits(broken: [3, 40], brokenVal: [1]));
        Assert.Equal(3, Events.Read(run.Run).OfType<SampleBroken>().Count());
    }
}
