using Fovea.Data;
using Fovea.Engine;
using Fovea.Kernels;

namespace Fovea.Training.Tests;

public class TrainingTests
{
    [SkippableTheory]
    [InlineData(BackendChoice.Managed, "sgd", 0.05, 0.9)]
    [InlineData(BackendChoice.Managed, "adam", 0.003, null)]
    [InlineData(BackendChoice.OneDnn, "sgd", 0.05, 0.9)]
    public void TheLossFallsAndTheClassesAreLearnt(BackendChoice backend, string optimizer, double lr, double? momentum)
    {
        Backends.Require(backend);
        using TempFolder folder = new();
        RunSummary summary = Train.Run(
            Train.Options(folder) with { Backend = backend, Opt = optimizer, Lr = lr, Momentum = momentum, Epochs = 4 }, SyntheticDataset.Splits(320, 80));
        Assert.False(summary.Stopped);
        Assert.Equal([1, 2, 3, 4], summary.Epochs.Select(e => e.Epoch));
        Assert.True(summary.Epochs[^1].TrainLoss < summary.Epochs[0].TrainLoss / 2, string.Join(", ", summary.Epochs));
        Assert.True(summary.Best!.ValAcc >= 0.95, string.Join(", ", summary.Epochs));
        Assert.Equal(summary.Best.ValAcc, summary.Epochs.Max(e => e.ValAcc));
        Assert.Equal(summary.Best.ValAcc, summary.Epochs[summary.Best.Epoch - 1].ValAcc);
    }

    [SkippableTheory]
    [InlineData(BackendChoice.Managed)]
    [InlineData(BackendChoice.OneDnn)]
    public void OneSeedGivesTheSameBytesWithAnyNumberOfWorkers(BackendChoice backend)
    {
        Backends.Require(backend);
        using TempFolder folder = new();
        TrainingOptions options = Train.Options(folder) with { Backend = backend };
        RunSummary one = Train.Run(options with { Workers = 1 }), two = Train.Run(options with { Workers = 1 }), four = Train.Run(options with { Workers = 4 });
        RunSummary other = Train.Run(options with { Seed = 8 });
        Assert.Equal(
            ["lenet5-synthetic", "lenet5-synthetic-2", "lenet5-synthetic-3", "lenet5-synthetic-4"],
            new[] { one, two, four, other }.Select(s => Path.GetFileName(s.Run)));
        foreach (string name in (string[])["best", "last", "resume"])
        {
            Assert.Equal(Train.Checkpoint(one.Run, name), Train.Checkpoint(two.Run, name));
            Assert.Equal(Train.Checkpoint(one.Run, name), Train.Checkpoint(four.Run, name));
            Assert.NotEqual(Train.Checkpoint(one.Run, name), Train.Checkpoint(other.Run, name));
        }
        Assert.Equal(Train.Results(one.Run), Train.Results(four.Run));
    }

    [Fact]
    public void APartialLastBatchCountsForWhatItHolds()
    {
        // With a learning rate that changes nothing, an epoch's running loss is the mean over all samples whatever the batch size.
        using TempFolder folder = new();
        DataSplits data = SyntheticDataset.Splits(50, 23);
        TrainingOptions options = Train.Options(folder) with { Epochs = 1, Lr = 1e-30, Momentum = 0, WeightDecay = 0, EvalTrain = true };
        List<Evaluated> evaluated = [];
        EpochResult Of(int batch) => Train.Run(
            options with { BatchSize = batch, ValBatchSize = batch }, data, e => evaluated.AddRange(e is Evaluated found ? [found] : [])).Epochs.Single();
        EpochResult whole = Of(50), pieces = Of(16), single = Of(1);
        // Sums of at most 50 losses near 1.4 in another order, from float32 logits: a few units in the last place of float32.
        Assert.Equal(whole.TrainLoss, pieces.TrainLoss, 1.4 * 1e-6);
        Assert.Equal(whole.TrainLoss, single.TrainLoss, 1.4 * 1e-6);
        Assert.Equal(whole.ValLoss, pieces.ValLoss, 1.4 * 1e-6);
        Assert.Equal(whole.TrainAcc, pieces.TrainAcc);
        Assert.All(evaluated.Where(e => e.Split == "train"), e => Assert.Equal(whole.TrainLoss, e.Loss, 1.4 * 1e-6));
        Assert.Equal([50, 50, 50], evaluated.Where(e => e.Split == "train").Select(e => e.Images));
        Assert.Equal([23, 23, 23], evaluated.Where(e => e.Split == "val").Select(e => e.Images));
    }

    [Fact]
    public void ALossThatIsNotFiniteStopsTheRunAndKeepsItsCheckpoints()
    {
        using TempFolder folder = new();
        FoveaException error = Assert.Throws<FoveaException>(() => Train.Run(Train.Options(folder) with { Lr = 1e20, Momentum = 0, WeightDecay = 0 }));
        Assert.Contains("epoch 1", error.Message);
        Assert.Contains("not finite", error.Message);
        Assert.Contains("--lr", error.Message);
        SavedRun saved = SavedRun.Open("lenet5-synthetic", folder["runs"]);
        Assert.Equal(default, saved.State.Position);
    }

    [Fact]
    public void ATrainingFolderThatCannotBeWrittenIsSaidAtOnce()
    {
        using TempFolder folder = new();
        File.WriteAllText(folder["file"], "");
        FoveaException error = Assert.Throws<FoveaException>(() => Train.Run(Train.Options(folder) with { Output = Path.Combine(folder["file"], "runs") }));
        Assert.Contains("--output", error.Message);
    }

    [Fact]
    public void DataThatDoNotFitTheNetworkAreSaidBeforeAnythingIsWritten()
    {
        using TempFolder folder = new();
        FoveaException classes = Assert.Throws<FoveaException>(() => Train.Run(Train.Options(folder) with { Architecture = Train.LeNet(3) }));
        Assert.Contains("--classes 4", classes.Message);
        Models.Architecture lenet = Train.LeNet();
        FoveaException size = Assert.Throws<FoveaException>(
            () => Train.Run(Train.Options(folder) with { Architecture = lenet with { Preprocessing = lenet.Preprocessing with { TrainTransform = "resize(20)" } } }));
        Assert.Contains("28x28", size.Message);
        FoveaException random = Assert.Throws<FoveaException>(
            () => Train.Run(Train.Options(folder) with { Architecture = lenet with { Preprocessing = lenet.Preprocessing with { EvalTransform = "hflip" } } }));
        Assert.Contains("--eval-transform", random.Message);
        Assert.False(Directory.Exists(folder["runs"]));
    }

    [Fact]
    public void ARunCanStartFromAnothersWeights()
    {
        using TempFolder folder = new();
        TrainingOptions options = Train.Options(folder);
        RunSummary first = Train.Run(options with { Epochs = 3 }, SyntheticDataset.Splits(320, 80));
        RunSummary second = Train.Run(options with { Weights = "lenet5-synthetic", Epochs = 1, Lr = 1e-30, Name = "second" }, SyntheticDataset.Splits(320, 80));
        Assert.Equal(first.Best!.ValAcc, second.Epochs[0].ValAcc);
        FoveaException error = Assert.Throws<FoveaException>(() => Train.Run(options with { Weights = "lenet5-synthetc" }));
        Assert.Contains("Did you mean 'lenet5-synthetic'?", error.Message);
    }

    [Theory]
    [InlineData(0, new string[] { })]
    [InlineData(2, new[] { "epoch-003", "epoch-004" })]
    [InlineData(TrainingOptions.KeepAll, new[] { "epoch-001", "epoch-002", "epoch-003", "epoch-004" })]
    public void EpochsAreKeptAsAsked(int keep, string[] kept)
    {
        using TempFolder folder = new();
        RunSummary summary = Train.Run(Train.Options(folder) with { Epochs = 4, Keep = keep }, SyntheticDataset.Splits(32, 8));
        Assert.Equal(
            ["best", .. kept, "last", "resume"],
            Directory.GetFiles(Path.Combine(summary.Run, "checkpoints")).Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal));
        if (keep > 0)
            Assert.Equal(Train.Checkpoint(summary.Run, "last"), Train.Checkpoint(summary.Run, "epoch-004"));
    }
}
