using Fovea.Data;
using Fovea.Engine;
using Fovea.Engine.Planning;
using Fovea.Kernels;

namespace Fovea.Training.Tests;

public class EvaluationTests
{
    private static readonly EvaluationOptions Managed = new() { Runtime = new RuntimeOptions { Backend = BackendChoice.Managed, Threads = 2 }, BatchSize = 16 };

    [Fact]
    public void PerClassFiguresAreThoseWorkedOutByHand()
    {
        // Rows are classes, columns what was said: a: 3 right, 1 called b; b: 2 right, 2 called a; c: never called so, 1 called b; d: no image, never called.
        ConfusionMatrix matrix = new(4);
        foreach ((int actual, int predicted, int times) in (ReadOnlySpan<(int, int, int)>)[(0, 0, 3), (0, 1, 1), (1, 1, 2), (1, 0, 2), (2, 1, 1)])
        {
            for (int i = 0; i < times; i++)
                matrix.Add(actual, predicted);
        }
        Assert.Equal(
            [
                new ClassMetrics("a", 3 / 5.0, 3 / 4.0, 6 / 9.0, 4),
                new ClassMetrics("b", 2 / 4.0, 2 / 4.0, 4 / 8.0, 4),
                new ClassMetrics("c", 0, 0, 0, 1),
                new ClassMetrics("d", 0, 0, 0, 0),
            ],
            matrix.PerClass(["a", "b", "c", "d"]));
        Assert.Equal([[3, 1, 0, 0], [2, 2, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0]], matrix.ToRows());
    }

    [Fact]
    public void AnEvaluationOfTheBestCheckpointIsWhatTheRunSaid()
    {
        using TempFolder folder = new();
        DataSplits data = SyntheticDataset.Splits(200, 57);
        RunSummary summary = Train.Run(Train.Options(folder) with { ValBatchSize = 16 }, data);
        LoadedModel model = ModelFile.Load(RunPaths.FindModel("lenet5-synthetic", folder["runs"]));
        int done = 0;
        EvaluationResult result = Evaluator.Evaluate(model, data.Validation, Managed with { Progress = (images, all) => Assert.InRange(done = images, 1, all) });
        EpochResult best = summary.Epochs[summary.Best!.Epoch - 1];
        Assert.Equal(best.ValLoss, result.Loss);
        Assert.Equal(best.ValAcc, result.Top1);
        Assert.Equal((57, 0, 57), (result.Images, result.Skipped, done));
        Assert.Equal(1, result.Top5);
        Assert.Equal(57, result.Confusion.Sum(row => row.Sum()));
        Assert.Equal(result.Top1, result.Confusion.Select((row, c) => row[c]).Sum() / 57.0);
        Assert.Equal(result.PerClass.Select(c => c.Support), result.Confusion.Select(row => row.Sum()));
        Assert.Equal(57 + 200, Evaluator.Evaluate(model, data.All, Managed).Images);
    }

    [Fact]
    public void BrokenImagesAreSkippedAndSaid()
    {
        using TempFolder folder = new();
        Train.Run(Train.Options(folder));
        LoadedModel model = ModelFile.Load(RunPaths.FindModel("lenet5-synthetic", folder["runs"]));
        List<string> broken = [];
        EvaluationResult result = Evaluator.Evaluate(
            model, new SyntheticDataset("val", 40, 2, 3, 4, 5, 39), Managed with { Broken = (source, reason) => broken.Add($"{source}: {reason}") });
        Assert.Equal((36, 4), (result.Images, result.Skipped));
        Assert.Equal(36, result.Confusion.Sum(row => row.Sum()));
        Assert.Equal(4, broken.Count);
        Assert.Contains("synthetic val image 3: the picture is broken on purpose", broken);
    }

    [Fact]
    public void OtherClassesAreRefused()
    {
        using TempFolder folder = new();
        Train.Run(Train.Options(folder));
        LoadedModel model = ModelFile.Load(RunPaths.FindModel("lenet5-synthetic", folder["runs"]));
        FoveaException error = Assert.Throws<FoveaException>(() => Evaluator.Evaluate(model, new SyntheticDataset("val", 40, 2) { Classes = ["a", "b", "c", "d"] }, Managed));
        Assert.Contains("top left", error.Message);
        Assert.Contains("a, b, c, d", error.Message);
    }
    [Fact]
    public void AModelWithoutClassNamesTakesTheDatasOrder()
    {
        using TempFolder folder = new();
        DataSplits data = SyntheticDataset.Splits(200, 57);
        Train.Run(Train.Options(folder), data);
        LoadedModel named = ModelFile.Load(RunPaths.FindModel("lenet5-synthetic", folder["runs"]));
        using ParameterSet parameters = named.CreateParameters();
        string path = folder["nameless.safetensors"];
        ModelFile.Save(path, named.Architecture, [.. named.Classes.Select((_, i) => $"{i}")], parameters);
        Assert.Equal(Evaluator.Evaluate(named, data.Validation, Managed).Top1, Evaluator.Evaluate(ModelFile.Load(path), data.Validation, Managed).Top1);
        FoveaException error = Assert.Throws<FoveaException>(
            () => Evaluator.Evaluate(ModelFile.Load(path), new SyntheticDataset("val", 40, 2) { Classes = ["a", "b"] }, Managed));
        Assert.Contains("--class-names", error.Message);
    }
}
