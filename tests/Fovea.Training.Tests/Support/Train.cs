using Fovea.Data;
using Fovea.Engine;
using Fovea.Models;

namespace Fovea.Training.Tests;

/// <summary>Short runs of LeNet on synthetic pictures.</summary>
public static class Train
{
    public static Architecture LeNet(int classes = 4) => Architecture.Of(
        ModelZoo.Find("lenet5"), classes, options: new Dictionary<string, string> { ["activation"] = "relu", ["pool"] = "max" });

    public static TrainingOptions Options(TempFolder folder) => new()
    {
        Architecture = LeNet(),
        Data = "synthetic",
        Output = folder["runs"],
        Backend = BackendChoice.Managed,
        Threads = 2,
        Epochs = 2,
        BatchSize = 16,
        ValBatchSize = 32,
        Opt = "sgd",
        Lr = 0.05,
        Momentum = 0.9,
        WeightDecay = 1e-4,
        LogEvery = 3,
        Seed = 7,
    };

    public static RunSummary Run(TrainingOptions options, DataSplits? data = null, Action<TrainingEvent>? on = null, CancellationToken cancellation = default) =>
        Trainer.Run(options, data ?? SyntheticDataset.Splits(), on is null ? [] : [new Sink(on)], cancellation);

    public static byte[] Checkpoint(string run, string name) => File.ReadAllBytes(Path.Combine(run, "checkpoints", $"{name}.safetensors"));

    /// <summary>results.csv without its two columns of time.</summary>
    public static string[] Results(string run) =>
        [.. File.ReadAllLines(Path.Combine(run, "results.csv")).Select(line => string.Join(',', line.Split(',')[..6]))];

    private sealed class Sink(Action<TrainingEvent> on) : IEventSink
    {
        public void Handle(TrainingEvent happened) => on(happened);
    }
}
