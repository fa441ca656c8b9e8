using Fovea.Kernels;

namespace Fovea.Training.Tests;

public class BrokenSampleTests
{
    [Fact]
    public void ABrokenImageIsReportedOnceCountedAndLeftOut()
    {
        using TempFolder folder = new();
        List<SampleBroken> broken = [];
        List<Evaluated> evaluated = [];
        RunSummary summary = Train.Run(
            Train.Options(folder) with { Epochs = 3, EvalTrain = true, MaxBroken = 0.05, Lr = 1e-30, Momentum = 0, WeightDecay = 0 }, SyntheticDataset.Splits(120, 50, [17, 99], [7]), e =>
            {
                broken.AddRange(e is SampleBroken b ? [b] : []);
                evaluated.AddRange(e is Evaluated v ? [v] : []);
            });
        Assert.Equal(
            ["synthetic train image 17", "synthetic train image 99", "synthetic val image 7"], broken.Select(b => b.Source).Order(StringComparer.Ordinal));
        Assert.All(broken, b => Assert.Equal("the picture is broken on purpose", b.Reason));
        Assert.All(evaluated.Where(e => e.Split == "val"), e => Assert.Equal((49, 1), (e.Images, e.Skipped)));
        Assert.All(evaluated.Where(e => e.Split == "train"), e => Assert.Equal((118, 2), (e.Images, e.Skipped)));
        // Nothing is learnt at this rate, so the epoch's running loss and that of the evaluation are both the mean over the 118 sound images.
        Assert.All(summary.Epochs, epoch => Assert.Equal(evaluated.First(e => e.Split == "train").Loss, epoch.TrainLoss, 1.4 * 1e-6));
    }

    [Fact]
    public void TooManyBrokenImagesStopTheRunUnlessAllowed()
    {
        using TempFolder folder = new();
        Data.DataSplits data = SyntheticDataset.Splits(120, 50, [1, 2]);
        FoveaException error = Assert.Throws<FoveaException>(() => Train.Run(Train.Options(folder), data));
        Assert.Contains("--allow-broken", error.Message);
        Assert.Contains("synthetic train image", error.Message);
        Assert.False(Train.Run(Train.Options(folder) with { AllowBroken = true }, data).Stopped);
    }

    [Fact]
    public void AResumedRunDoesNotReportTheSameImageAgain()
    {
        using TempFolder folder = new();
        Data.DataSplits data = SyntheticDataset.Splits(120, 50, [1]);
        TrainingOptions options = Train.Options(folder) with { LogEvery = 1, Epochs = 3 };
        using CancellationTokenSource stop = new();
        RunSummary stopped = Train.Run(options, data, e => { if (e is StepDone { TotalSteps: 11 }) stop.Cancel(); }, stop.Token);
        Train.Run(SavedRun.Open(stopped.Run).Options, data);
        Assert.Single(Events.Read(stopped.Run).OfType<SampleBroken>());
    }

    [Fact]
    public void ABatchOfBrokenImagesAloneChangesNothing()
    {
        using TempFolder folder = new();
        // One image a batch: a broken one is a batch without any. Were its step run, momentum and weight decay would move the weights.
        TrainingOptions options = Train.Options(folder) with { Epochs = 1, BatchSize = 1, AllowBroken = true, Lr = 0.5, Name = "broken" };
        RunSummary run = Train.Run(options, SyntheticDataset.Splits(6, 8, [0, 1, 2, 3, 4, 5]));
        RunSummary fresh = Train.Run(options with { Lr = 1e-30, WeightDecay = 0, Name = "fresh" }, SyntheticDataset.Splits(6, 8, [0, 1, 2, 3, 4, 5]));
        Assert.Equal(Train.Checkpoint(fresh.Run, "last"), Train.Checkpoint(run.Run, "last"));
        Assert.True(double.IsNaN(run.Epochs[0].TrainLoss));
    }
}
