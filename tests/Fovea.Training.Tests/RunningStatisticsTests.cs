using Fovea.Engine;
using Fovea.Engine.Planning;
using Fovea.Models;

namespace Fovea.Training.Tests;

/// <summary>Running statistics are no trained parameters, but belong to the model: its files hold them, evaluation uses them, and resuming goes on from them.</summary>
public sealed class RunningStatisticsTests
{
    private const int Steps = 4;

    [SkippableTheory]
    [InlineData(BackendChoice.Managed)]
    [InlineData(BackendChoice.OneDnn)]
    public void ANetworkWithBatchNormIsSavedEvaluatedAndResumedToTheSameBytes(BackendChoice backend)
    {
        Backends.Require(backend);
        using TempFolder folder = new();
        TrainingOptions options = Train.Options(folder) with { Backend = backend, Architecture = ResNet(), LogEvery = 1 };
        RunSummary whole = Run(options with { Name = "whole" });
        using CancellationTokenSource stop = new();
        RunSummary stopped = Train.Run(options with { Name = "parts" }, Data(), e =>
        {
            if (e is StepDone { TotalSteps: Steps + 2 })
                stop.Cancel();
        }, stop.Token);
        Assert.True(stopped.Stopped);
        RunSummary resumed = Run(SavedRun.Open(stopped.Run, folder["runs"]).Options);
        foreach (string name in (string[])["best", "last", "resume"])
            Assert.True(Train.Checkpoint(whole.Run, name).AsSpan().SequenceEqual(Train.Checkpoint(resumed.Run, name)), $"{name}.safetensors differs");

        LoadedModel model = ModelFile.Load(Path.Combine(whole.Run, "checkpoints", "last.safetensors"));
        using ParameterSet parameters = model.CreateParameters();
        Parameter[] statistics = [.. parameters.All.Where(p => !p.Trainable)];
        Assert.Equal(2 * model.Graph.Layers.Count(layer => layer.Node.Op.Name == "BatchNorm2d"), statistics.Length);
        Assert.All(statistics, p => Assert.True(p.Data.IndexOfAnyExcept(p.Spec.Role == ParameterRole.RunningVariance ? 1f : 0f) >= 0, $"{p.Name} has not moved"));
    }

    internal static Architecture ResNet() => Architecture.Of(ModelZoo.Find("resnet20-cifar"), 4, new TensorShape(1, 16, 16));

    private static RunSummary Run(TrainingOptions options) => Train.Run(options, Data());

    private static Fovea.Data.DataSplits Data() => SyntheticDataset.Splits(train: 60, val: 20);
}
