using Fovea.Data;
using Fovea.Engine;
using Fovea.Engine.Ops;
using Fovea.Engine.Planning;
using Fovea.Kernels;
using Fovea.Kernels.Memory;
using Fovea.Models;

namespace Fovea.Training.Tests;

public class ResumeTests
{
    // 120 images in batches of 16: 8 steps an epoch, the last one partial.
    private const int Steps = 8;

    [SkippableTheory]
    [InlineData(BackendChoice.Managed, "sgd", 1)]
    [InlineData(BackendChoice.Managed, "sgd", 5)]
    [InlineData(BackendChoice.Managed, "sgd", Steps)]
    [InlineData(BackendChoice.Managed, "adam", Steps + 3)]
    [InlineData(BackendChoice.Managed, "sgd", 2 * Steps + 7)]
    [InlineData(BackendChoice.OneDnn, "adam", Steps + 6)]
    public void AnInterruptedRunEndsWithTheBytesOfOneThatWasNot(BackendChoice backend, string optimizer, int stopAfter)
    {
        Backends.Require(backend);
        using TempFolder folder = new();
        TrainingOptions options = Options(folder, optimizer) with { Backend = backend };
        RunSummary whole = Train.Run(options with { Name = "whole" });
        using CancellationTokenSource stop = new();
        RunSummary stopped = Train.Run(options with { Name = "parts" }, on: e => CancelAt(e, stopAfter, stop), cancellation: stop.Token);
        Assert.True(stopped.Stopped);
        Assert.Equal(Position(stopAfter), SavedRun.Open(stopped.Run).State.Position);
        Assert.Equal(stopAfter / Steps - (stopAfter % Steps == 0 ? 1 : 0), stopped.Epochs.Count);
        RunSummary resumed = Resume(stopped.Run, folder);
        Assert.False(resumed.Stopped);
        AssertSame(whole.Run, resumed.Run);
        Assert.Equal(whole.Best, resumed.Best);
    }

    /// <summary>Every step in a group of three and behind it: one cycle, averaged weights, mixing and clipping go on where they were.</summary>
    [SkippableTheory]
    [InlineData(BackendChoice.Managed, 1, 3)]
    [InlineData(BackendChoice.Managed, Steps + 2, Steps + 3)]
    [InlineData(BackendChoice.Managed, Steps + 3, Steps + 3)]
    [InlineData(BackendChoice.OneDnn, 2 * Steps + 7, 3 * Steps)]
    public void EverythingThatLearningKeepsGoesOn(BackendChoice backend, int stopAfter, int stopsAt)
    {
        Backends.Require(backend);
        using TempFolder folder = new();
        TrainingOptions options = Everything(folder) with { Backend = backend };
        RunSummary whole = Train.Run(options with { Name = "whole" });
        using CancellationTokenSource stop = new();
        RunSummary stopped = Train.Run(options with { Name = "parts" }, on: e => CancelAt(e, stopAfter, stop), cancellation: stop.Token);
        Assert.Equal(Position(stopsAt), SavedRun.Open(stopped.Run).State.Position);
        RunSummary resumed = Trainer.Run(SavedRun.Open(stopped.Run).Options with { Workers = 4 }, SyntheticDataset.Splits(), []);
        AssertSame(whole.Run, resumed.Run);
    }

    [Fact]
    public void AKilledRunWithEverythingThatLearningKeepsGoesOnFromItsLastCheckpoint()
    {
        using TempFolder folder = new();
        TrainingOptions options = Everything(folder) with { CheckpointEvery = CheckpointInterval.Parse("2steps") };
        RunSummary whole = Train.Run(options with { Name = "whole" });
        Assert.Throws<InvalidOperationException>(() => Train.Run(options with { Name = "killed" }, on: e =>
        {
            if (e is StepDone { TotalSteps: Steps + 5 })
                throw new InvalidOperationException("killed");
        }));
        string run = Path.Combine(options.Output, "killed");
        Assert.Equal(new RunPosition(1, 3), SavedRun.Open(run).State.Position);
        AssertSame(whole.Run, Resume(run, folder).Run);
    }

    [Theory]
    [InlineData("loss")]
    [InlineData("accuracy")]
    public void APlateauAndAnEarlyStopGoOn(string monitor)
    {
        using TempFolder folder = new();
        TrainingOptions options = Options(folder, "sgd") with
        {
            Epochs = 6,
            Opt = "rmsprop",
            Lr = 0.02,
            Momentum = 0.5,
            Sched = "plateau",
            Patience = 0,
            Gamma = 0.3,
            Monitor = monitor,
            EarlyStop = 3,
            WarmupEpochs = 1,
        };
        RunSummary whole = Train.Run(options with { Name = "whole" });
        Assert.True(whole.Epochs.Select(e => e.Lr).Distinct().Count() > 1, "the rate never changed");
        foreach (int after in (int[])[Steps + 1, (2 * Steps) + 4])
        {
            RunSummary stopped = Stopped(options with { Name = $"parts {after}" }, after);
            AssertSame(whole.Run, Resume(stopped.Run, folder).Run);
        }
    }

    [Fact]
    public void ManyInterruptionsMakeNoDifferenceEither()
    {
        using TempFolder folder = new();
        TrainingOptions options = Options(folder, "sgd");
        RunSummary whole = Train.Run(options with { Name = "whole" });
        RunSummary run = Stopped(options with { Name = "parts" }, 2);
        for (int after = 5; after < 3 * Steps; after += 5)
        {
            using CancellationTokenSource stop = new();
            run = Trainer.Run(SavedRun.Open(run.Run).Options with { Workers = 1 + after % 3 }, SyntheticDataset.Splits(), [new Sink(e => CancelAt(e, after, stop))], stop.Token);
            Assert.True(run.Stopped);
        }
        AssertSame(whole.Run, Resume(run.Run, folder).Run);
    }

    [Fact]
    public void AKilledRunGoesOnFromItsLastCheckpoint()
    {
        using TempFolder folder = new();
        TrainingOptions options = Options(folder, "adam") with { CheckpointEvery = CheckpointInterval.Parse("3steps") };
        RunSummary whole = Train.Run(options with { Name = "whole" });
        // An exception out of nowhere leaves the files as a killed process does; what was being written when it was killed is beside its place.
        Assert.Throws<InvalidOperationException>(() => Train.Run(options with { Name = "killed" }, on: e =>
        {
            if (e is StepDone { TotalSteps: Steps + 5 })
                throw new InvalidOperationException("killed");
        }));
        string run = Path.Combine(options.Output, "killed"), checkpoints = Path.Combine(run, "checkpoints");
        byte[] last = File.ReadAllBytes(Path.Combine(checkpoints, "last.safetensors"));
        foreach (string name in (string[])["resume", "last", "best"])
            File.WriteAllBytes(Path.Combine(checkpoints, $"{name}.safetensors{AtomicFile.TemporaryEnding}"), last.AsSpan(0, last.Length / 2));
        File.AppendAllText(Path.Combine(run, "events.jsonl"), "{\"event\":\"StepDone\",\"at\":{\"epo");
        Assert.Equal(new RunPosition(1, 3), SavedRun.Open(run).State.Position);
        AssertSame(whole.Run, Resume(run, folder).Run);
    }

    [Fact]
    public void ARunKilledBetweenAnEpochsCheckpointsAndItsResumeFileIsCutBack()
    {
        using TempFolder folder = new();
        TrainingOptions options = Options(folder, "sgd");
        RunSummary whole = Train.Run(options with { Name = "whole" });
        Assert.Throws<InvalidOperationException>(() => Train.Run(options with { Name = "killed" }, on: e =>
        {
            if (e is EpochDone { Result.Epoch: 2 })
                throw new InvalidOperationException("killed");
        }));
        string run = Path.Combine(options.Output, "killed");
        Assert.Equal(3, File.ReadAllLines(Path.Combine(run, "results.csv")).Length);
        Assert.Equal(new RunPosition(1, 0), SavedRun.Open(run).State.Position);
        AssertSame(whole.Run, Resume(run, folder).Run);
        Assert.Equal([1, 2, 3], Events.Read(run).OfType<EpochDone>().Select(e => e.Result.Epoch));
    }

    [Fact]
    public void EventsAreCutBackToTheCheckpoint()
    {
        using TempFolder folder = new();
        TrainingOptions options = Options(folder, "sgd");
        RunSummary whole = Train.Run(options with { Name = "whole" }), parts = Stopped(options with { Name = "parts" }, 13);
        Resume(parts.Run, folder);
        Assert.Equal(
            Events.Read(whole.Run).OfType<StepDone>().Select(e => (e.TotalSteps, e.Loss, e.Lr, e.At)),
            Events.Read(parts.Run).OfType<StepDone>().Select(e => (e.TotalSteps, e.Loss, e.Lr, e.At)));
        Assert.Single(Events.Read(parts.Run).OfType<RunStopped>());
        Assert.Equal([false, true], Events.Read(parts.Run).OfType<RunStarted>().Select(e => e.Resumed));
    }

    [Fact]
    public void AFinishedRunGivesItsSummaryWithoutWork()
    {
        using TempFolder folder = new();
        RunSummary whole = Train.Run(Options(folder, "sgd"));
        byte[] events = File.ReadAllBytes(Path.Combine(whole.Run, "events.jsonl"));
        SavedRun saved = SavedRun.Open("lenet5-synthetic", folder["runs"]);
        Assert.True(saved.IsFinished);
        RunSummary again = Resume(whole.Run, folder), summary = saved.Summary();
        Assert.Equal(whole.Epochs, again.Epochs);
        Assert.Equal(whole.Best, again.Best);
        Assert.Equal(whole.Epochs, summary.Epochs);
        Assert.False(again.Stopped);
        Assert.Equal(events, File.ReadAllBytes(Path.Combine(whole.Run, "events.jsonl")));
    }

    [Fact]
    public void WhatWouldGiveOtherBitsIsRefused()
    {
        using TempFolder folder = new();
        RunSummary run = Stopped(Options(folder, "sgd"), 3);
        TrainingOptions own = SavedRun.Open(run.Run).Options;
        void Refused(string message, TrainingOptions options, DataSplits? data = null)
        {
            FoveaException error = Assert.Throws<FoveaException>(() => Train.Run(options, data));
            Assert.Contains(message, error.Message, StringComparison.Ordinal);
        }
        Refused("--threads 1: the run began with 2", own with { Threads = 1 });
        Refused("--backend onednn: the run began with managed", own with { Backend = BackendChoice.OneDnn });
        Refused("--precision bf16: the run began with fp32", own with { Precision = PrecisionChoice.BFloat16 });
        Refused("fingerprint", own, SyntheticDataset.Splits(119));
        Refused("no run of that name", own with { Resume = "nowhere" });
        File.WriteAllText(Path.Combine(run.Run, "args.json"), "{");
        Refused("args.json is damaged", own);
        // Nothing of this has touched the run.
        Assert.Equal(new RunPosition(0, 3), ResumeFile.Peek(Path.Combine(run.Run, "checkpoints", "resume.safetensors")).Position);
    }

    [Fact]
    public void OtherKernelsAreRefused()
    {
        using TempFolder folder = new();
        RunSummary run = Stopped(Options(folder, "sgd"), 3);
        string path = Path.Combine(run.Run, "args.json");
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"kernel\": \"managed\"", "\"kernel\": \"of another machine\"", StringComparison.Ordinal));
        Assert.Contains("of another machine", Assert.Throws<FoveaException>(() => Resume(run.Run, folder)).Message);
    }

    [Fact]
    public void ADamagedResumeFileIsSaid()
    {
        using TempFolder folder = new();
        RunSummary run = Stopped(Options(folder, "sgd"), 3);
        string path = Path.Combine(run.Run, "checkpoints", "resume.safetensors");
        File.WriteAllBytes(path, File.ReadAllBytes(path).AsSpan(0, 5000));
        Assert.Contains("cut short", Assert.Throws<FoveaException>(() => SavedRun.Open(run.Run)).Message);
    }

    [Fact]
    public void ARunThatWasKilledBehindItsLastCheckpointBecomesFinished()
    {
        using TempFolder folder = new();
        RunSummary whole = Train.Run(Options(folder, "sgd"));
        byte[] model = Train.Checkpoint(whole.Run, "best");
        string events = Path.Combine(whole.Run, "events.jsonl"), report = Path.Combine(whole.Run, "report.html");
        File.WriteAllLines(events, File.ReadAllLines(events)[..^1]);
        File.Delete(report);
        Assert.Equal(RunState.Killed, RunRecord.Load(whole.Run).State);
        RunSummary again = Resume(whole.Run, folder);
        Assert.False(again.Stopped);
        Assert.Equal(whole.Epochs, again.Epochs);
        Assert.Equal(RunState.Finished, RunRecord.Load(whole.Run).State);
        Assert.True(File.Exists(report));
        Assert.Equal(model, Train.Checkpoint(whole.Run, "best"));
        Assert.True(SavedRun.Open(whole.Run).IsFinished);
    }

    [Fact]
    public void ARunThatWasKilledBeforeItsFirstStepIsSaid()
    {
        using TempFolder folder = new();
        RunSummary run = Stopped(Options(folder, "sgd"), 3);
        File.Delete(Path.Combine(run.Run, "checkpoints", "resume.safetensors"));
        Assert.Contains("remove the folder and start it again", Assert.Throws<FoveaException>(() => SavedRun.Open(run.Run)).Message);
    }

    [Fact]
    public void ACheckpointThatCannotBeWrittenLeavesTheOneBefore()
    {
        using TempFolder folder = new();
        TrainingOptions options = Options(folder, "sgd");
        string resume = Path.Combine(options.Output, "lenet5-synthetic", "checkpoints", "resume.safetensors");
        FoveaException error = Assert.Throws<FoveaException>(() => Train.Run(options, on: e =>
        {
            // The name of the file beside is taken by a folder: writing fails as it does on a full disk.
            if (e is EpochDone { Result.Epoch: 2 })
                Directory.CreateDirectory(resume + AtomicFile.TemporaryEnding);
        }));
        Assert.Contains("resume.safetensors", error.Message);
        Directory.Delete(resume + AtomicFile.TemporaryEnding);
        Assert.Equal(new RunPosition(1, 0), ResumeFile.Peek(resume).Position);
        RunSummary whole = Train.Run(options with { Name = "whole" });
        AssertSame(whole.Run, Resume(Path.Combine(options.Output, "lenet5-synthetic"), folder).Run);
    }

    [Fact]
    public void TwoProcessesCannotTrainOneRun()
    {
        using TempFolder folder = new();
        RunSummary run = Stopped(Options(folder, "sgd"), 3);
        using IDisposable other = new RunFolder(run.Run).Lock();
        Assert.Contains("Another process", Assert.Throws<FoveaException>(() => Resume(run.Run, folder)).Message);
    }

    /// <summary>The table was there when the run began, and is gone, or says something else, when it goes on.</summary>
    [SkippableTheory]
    [InlineData(null)]
    [InlineData("auto")]
    public void ARunThatFollowedATableOfKernelsGoesOnWithoutIt(string? later)
    {
        Backends.Require(BackendChoice.OneDnn);
        using TempFolder folder = new();
        TrainingOptions options = Options(folder, "sgd") with { Backend = BackendChoice.OneDnn, Kernels = _ => new Always("nhwc") };
        RunSummary whole = Train.Run(options with { Name = "whole" });
        RunSummary stopped = Stopped(options with { Name = "parts" }, Steps + 5);
        Assert.Contains("nhwc", RunArgs.Load(stopped.Run).Kernels!.Values);
        // Without the table the plans are others: what args.json has must matter.
        RunSummary ruled = Train.Run(options with { Name = "ruled", Kernels = null });
        Assert.DoesNotContain("nhwc", RunArgs.Load(ruled.Run).Kernels!.Values);
        Assert.NotEqual(Kernels(whole.Run), Kernels(ruled.Run));
        TrainingOptions resumed = SavedRun.Open(stopped.Run, folder["runs"]).Options;
        AssertSame(whole.Run, Train.Run(resumed with { Kernels = later is null ? null : _ => new Always(later) }).Run);
    }

    private static string[] Kernels(string run) => [.. RunArgs.Load(run).Plans.SelectMany(plan => plan.Steps).Select(step => step.Kernel)];
    /// <summary>Slow weights with their statistics, fixed weights, and a layer that is frozen after the first epoch: stopped before, at and behind that, and killed behind it.</summary>
    [SkippableTheory]
    [InlineData(BackendChoice.Managed, 5)]
    [InlineData(BackendChoice.Managed, Steps)]
    [InlineData(BackendChoice.OneDnn, Steps + 3)]
    public void SlowWeightsAndWhatIsFrozenOnTheWayGoOn(BackendChoice backend, int stopAfter)
    {
        Backends.Require(backend);
        using TempFolder folder = new();
        TrainingOptions options = Slow(folder) with { Backend = backend };
        RunSummary whole = Train.Run(options with { Name = "whole" }), stopped = Stopped(options with { Name = "parts" }, stopAfter);
        AssertSame(whole.Run, Train.Run(options with { Resume = stopped.Run }).Run);
    }

    [Fact]
    public void ALayerIsTrainedAsLongAsItIsNotFrozen()
    {
        using TempFolder folder = new();
        TrainingOptions options = Slow(folder) with { Lookahead = null, Keep = TrainingOptions.KeepAll };
        string run = Train.Run(options).Run;
        float[] first = Stem(run, 1), second = Stem(run, 2), third = Stem(run, 3);
        Assert.All(first, bias => Assert.NotEqual(0f, bias));
        Assert.Equal(first, second);
        Assert.Equal(first, third);
    }

    private static float[] Stem(string run, int epoch)
    {
        using ParameterSet parameters = ParameterSet.For(ModelZoo.Build(Normed));
        ModelFile.ReadWeights(Path.Combine(run, "checkpoints", $"epoch-{epoch:000}.safetensors"), parameters, "it");
        return parameters["stem.bias"].Data.ToArray();
    }

    /// <summary>Fixed filters with a bias, a normalisation without factors, a linear layer.</summary>
    private static Architecture Normed { get; } = Architecture.Of(new ModelSpec
    {
        Name = "normed",
        Summary = "a test's",
        Input = new TensorShape(1, 28, 28),
        Classes = 4,
        Build = model => model.Image.In("").Conv2d(4, 4, stride: 4, name: "stem", learnWeights: false).GELU()
            .Conv2d(6, 3, name: "conv", bias: false).BatchNorm2d(name: "norm", learnScale: false).GELU().Flatten().Linear(model.Classes, name: "head").Scale(0.5f),
        Preprocess = ModelZoo.Find("lenet5").Preprocess,
        Initialization = "kaiming",
    });

    private static TrainingOptions Slow(TempFolder folder) => Options(folder, "sgd") with
    {
        Architecture = Normed,
        Lookahead = 3,
        NormBiasLr = 8,
        Freeze = "stem",
        FreezeAfter = 1,
    };

    private static TrainingOptions Options(TempFolder folder, string optimizer)
    {
        TrainingOptions options = Train.Options(folder) with { Epochs = 3, LogEvery = 1 };
        return optimizer == "sgd" ? options : options with { Opt = optimizer, Lr = 0.002, Momentum = null };
    }

    private static TrainingOptions Everything(TempFolder folder) => Options(folder, "adamw") with
    {
        Sched = "onecycle",
        Ema = 0.9,
        Mixup = 0.4,
        Cutmix = 1,
        Accumulate = 3,
        ClipGrad = 0.5,
        LabelSmoothing = 0.1,
        DecayOn = "weights",
    };

    private static RunSummary Stopped(TrainingOptions options, int after)
    {
        using CancellationTokenSource stop = new();
        RunSummary stopped = Train.Run(options, on: e => CancelAt(e, after, stop), cancellation: stop.Token);
        Assert.True(stopped.Stopped);
        return stopped;
    }

    private static RunSummary Resume(string run, TempFolder folder) => Train.Run(SavedRun.Open(run, folder["runs"]).Options);

    private static void CancelAt(TrainingEvent happened, long step, CancellationTokenSource stop)
    {
        if (happened is StepDone done && done.TotalSteps == step)
            stop.Cancel();
    }

    private static RunPosition Position(int steps) =>
        steps % Steps == 0 ? new RunPosition(steps / Steps - 1, Steps) : new RunPosition(steps / Steps, steps % Steps);

    private static void AssertSame(string expected, string actual)
    {
        foreach (string name in (string[])["best", "last", "resume"])
            Assert.True(Train.Checkpoint(expected, name).AsSpan().SequenceEqual(Train.Checkpoint(actual, name)), $"{name}.safetensors differs");
        Assert.Equal(Train.Results(expected), Train.Results(actual));
    }

    private sealed class Always(string way) : IKernelChoices
    {
        public string? Find(string key) => way;
    }

    private sealed class Sink(Action<TrainingEvent> on) : IEventSink
    {
        public void Handle(TrainingEvent happened) => on(happened);
    }
}
