using System.Globalization;
using System.Text.Json;
using Fovea.Kernels;

namespace Fovea.Training.Tests;

public class RunFileTests
{
    [Fact]
    public void ArgsHoldEveryOptionAsItWasResolvedAndReadBack()
    {
        using TempFolder folder = new();
        TrainingOptions options = Train.Options(folder) with
        {
            Lr = null,
            Sched = "step",
            StepSize = 2,
            Keep = TrainingOptions.KeepAll,
            CheckpointEvery = CheckpointInterval.Parse("10m"),
            LabelSmoothing = 0.1,
            ValSplit = 0.25,
            Seed = ulong.MaxValue,
        };
        RunSummary summary = Train.Run(options);
        RunArgs args = RunArgs.Load(summary.Run);
        // A record with a list compares the list by reference: the architecture is compared by its text.
        Assert.Equal(ArchitectureJson.Write(options.Architecture), ArchitectureJson.Write(args.Options.Architecture));
        Assert.Equal(options.Resolved() with { Architecture = args.Options.Architecture }, args.Options);
        Assert.Equal(0.01, args.Options.Lr);
        Assert.Equal("managed", args.Backend);
        Assert.Equal(SyntheticDataset.FourCorners, args.Classes);
        Assert.Equal(SyntheticDataset.Splits().Fingerprint, args.Dataset.Fingerprint);
        Assert.Equal(["train, batch 16", "train, batch 8", "evaluate val, batch 32", "evaluate val, batch 18"], args.Plans.Select(p => p.Plan));
        Assert.All(args.Plans, plan => Assert.NotEmpty(plan.Steps));
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(Path.Combine(summary.Run, "args.json")));
        JsonElement written = json.RootElement.GetProperty("options");
        Assert.Equal("all", written.GetProperty("keep").GetString());
        Assert.Equal("600s", written.GetProperty("checkpoint-every").GetString());
        Assert.Equal("managed", written.GetProperty("backend").GetString());
        Assert.Equal("lenet5", written.GetProperty("architecture").GetProperty("model").GetString());
        Assert.Equal(RunArgs.ProgramVersion, json.RootElement.GetProperty("version").GetString());
    }

    [Fact]
    public void ResultsAreATableWithOneRowPerEpoch()
    {
        using TempFolder folder = new();
        RunSummary summary = Train.Run(Train.Options(folder) with { Epochs = 3 });
        string text = File.ReadAllText(Path.Combine(summary.Run, "results.csv"));
        Assert.DoesNotContain('\r', text);
        Assert.EndsWith("\n", text);
        string[] lines = text.TrimEnd('\n').Split('\n');
        Assert.Equal("epoch,train/loss,train/acc,val/loss,val/acc,lr,seconds,images_per_second", lines[0]);
        Assert.Equal(4, lines.Length);
        foreach ((int i, EpochResult epoch) in summary.Epochs.Index())
        {
            double[] cells = [.. lines[i + 1].Split(',').Select(cell => double.Parse(cell, CultureInfo.InvariantCulture))];
            Assert.Equal([epoch.Epoch, epoch.TrainLoss, epoch.TrainAcc, epoch.ValLoss, epoch.ValAcc, epoch.Lr, epoch.Seconds, epoch.ImagesPerSecond], cells);
            Assert.InRange(epoch.TrainAcc, 0, 1);
            Assert.InRange(epoch.ValAcc, 0, 1);
            Assert.True(epoch.Seconds > 0 && epoch.ImagesPerSecond > 0);
        }
        Assert.Equal(summary.Epochs, ResultsTable.Read(Path.Combine(summary.Run, "results.csv")));
    }

    [Fact]
    public void EventsTellTheRunInOrder()
    {
        using TempFolder folder = new();
        List<TrainingEvent> heard = [];
        RunSummary summary = Train.Run(Train.Options(folder), on: heard.Add);
        Assert.Equal(
            ["CheckpointSaved", "RunStarted", .. Epoch(), .. Epoch(best: summary.Best!.Epoch == 2), "RunFinished"],
            heard.Select(e => e.GetType().Name).Where(name => name != nameof(SampleBroken)));
        IReadOnlyList<TrainingEvent> written = Events.Read(summary.Run);
        Assert.Equal(heard.Select(e => e.ToString()), written.Select(e => e.ToString()));
        Assert.Equal([3, 6, 8, 3, 6, 8], written.OfType<StepDone>().Select(e => e.Step));
        Assert.Equal([3, 6, 8, 11, 14, 16], written.OfType<StepDone>().Select(e => e.TotalSteps));
        Assert.All(written.OfType<StepDone>(), e => Assert.InRange(e.WaitShare, 0, 1));
        // The three windows of an epoch hold 48, 48 and 24 samples; their losses add up to the epoch's.
        double[] losses = [.. written.OfType<StepDone>().Take(3).Select(e => e.Loss)];
        Assert.Equal(summary.Epochs[0].TrainLoss, (losses[0] * 48 + losses[1] * 48 + losses[2] * 24) / 120, 1e-12);
        Assert.Equal("RunStarted", JsonDocument.Parse(File.ReadLines(Path.Combine(summary.Run, "events.jsonl")).ElementAt(1)).RootElement.GetProperty("event").GetString());

        static string[] Epoch(bool best = true) =>
            ["StepDone", "StepDone", "StepDone", "Evaluated", "CheckpointSaved", .. (best ? (string[])["CheckpointSaved"] : []), "EpochDone", "CheckpointSaved"];
    }

    /// <summary>LeNet-5's 6 channels get an AVX2 kernel from oneDNN on a processor with AVX-512.</summary>
    [SkippableFact]
    public void ASlowKernelIsAnEventAndStandsInTheArguments()
    {
        Skip.IfNot(System.Runtime.Intrinsics.X86.Avx512F.IsSupported, "the processor has nothing better than AVX2");
        Backends.Require(Engine.BackendChoice.OneDnn);
        using TempFolder folder = new();
        RunSummary summary = Train.Run(Train.Options(folder) with { Backend = Engine.BackendChoice.OneDnn, Epochs = 1 });
        SlowKernelFound slow = Assert.Single(Events.Read(summary.Run).OfType<SlowKernelFound>());
        Assert.Equal(("Conv2d", "features.3 (6 to 16 channels)"), (slow.Op, Assert.Single(slow.Layers)));
        Assert.Equal([slow.Message], RunArgs.Load(summary.Run).SlowKernels);
    }

    [Fact]
    public void WatchersHearOfEveryStepAndOfTheEvaluation()
    {
        using TempFolder folder = new();
        Watcher watcher = new();
        RunSummary summary = Trainer.Run(Train.Options(folder) with { Epochs = 1, LogEvery = 100 }, SyntheticDataset.Splits(), [watcher]);
        Assert.Equal(Enumerable.Range(1, 8).Select(step => (1, step, step < 8 ? 16 : 8)), watcher.Steps);
        Assert.Equal(summary.Epochs[0].TrainLoss, watcher.Last.Loss / watcher.Last.Weight);
        Assert.Equal([("val", 32, 50), ("val", 50, 50)], watcher.Evaluated);
    }

    private sealed class Watcher : IStepWatcher
    {
        public List<(int Epoch, int Step, int Images)> Steps { get; } = [];

        public List<(string Split, int Done, int All)> Evaluated { get; } = [];

        public LossSums Last { get; private set; }

        public void Handle(TrainingEvent happened)
        {
        }

        public void Stepped(int epoch, int step, int images, in LossSums sums)
        {
            Steps.Add((epoch, step, images));
            Last = sums;
        }

        public void Evaluating(string split, int done, int all) => Evaluated.Add((split, done, all));
    }

    [Fact]
    public void ANumberThatIsNotFiniteIsNullInJson()
    {
        byte[] json = EventJson.Write(new StepDone { Epoch = 1, Step = 1, StepsPerEpoch = 1, TotalSteps = 1, Loss = double.NaN, Lr = 1, ImagesPerSecond = double.PositiveInfinity, WaitShare = 0 });
        using JsonDocument document = JsonDocument.Parse(json);
        Assert.Equal(JsonValueKind.Null, document.RootElement.GetProperty("loss").ValueKind);
        Assert.Equal(JsonValueKind.Null, document.RootElement.GetProperty("imagesPerSecond").ValueKind);
        Assert.True(double.IsNaN(((StepDone)EventJson.Read(json)!).Loss));
    }
}
