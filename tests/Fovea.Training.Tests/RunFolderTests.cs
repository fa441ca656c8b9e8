using System.Diagnostics.Metrics;
using System.Xml.Linq;
using Fovea.Data;
using Fovea.Formats.TensorBoard;
using Fovea.Kernels;

namespace Fovea.Training.Tests;

/// <summary>What a run leaves in its folder for people and their programs.</summary>
public sealed class RunFolderTests
{
    private const int Steps = 8;

    private static TrainingOptions Options(TempFolder folder) => Train.Options(folder) with
    {
        Epochs = 3,
        CheckpointEvery = CheckpointInterval.Parse("3steps"),
        LogEvery = 2,
    };

    private static (string Tag, long Step, float Value)[] Scalars(string run)
    {
        string file = Assert.Single(Directory.GetFiles(Path.Combine(run, "tensorboard"), "events.out.tfevents.*"));
        byte[] bytes = File.ReadAllBytes(file);
        IReadOnlyList<(EventRecord Record, int End)> records = EventFileReader.Read(bytes);
        Assert.Equal(bytes.Length, records[^1].End);
        Assert.Equal(EventRecord.Version, records[0].Record.FileVersion);
        return [.. records.Skip(1).SelectMany(r => r.Record.Values.Select(v => (v.Tag, r.Record.Step, v.Value)))];
    }

    private static string Text(string run, string name) => File.ReadAllText(Path.Combine(run, name));

    /// <summary>A run that something kills at a step: an exception out of a reader leaves the files as a killed process does.</summary>
    private static string Killed(TrainingOptions options, long step)
    {
        Assert.Throws<InvalidOperationException>(() => Train.Run(options with { Name = "killed" }, on: e =>
        {
            if (e is StepDone done && done.TotalSteps == step)
                throw new InvalidOperationException("killed");
        }));
        return Path.Combine(options.Output, "killed");
    }

    private static RunSummary Resume(string run) => Trainer.Run(SavedRun.Open(run).Options, SyntheticDataset.Splits(), []);

    [Fact]
    public void TensorBoardHasTheTagsOfTheContractWithTheRunsNumbers()
    {
        using TempFolder folder = new();
        RunSummary run = Train.Run(Options(folder));
        (string Tag, long Step, float Value)[] scalars = Scalars(run.Run);
        Assert.Equal(["lr", "train/acc", "train/loss", "train/loss_step", "val/acc", "val/loss"], scalars.Select(s => s.Tag).Distinct().Order(StringComparer.Ordinal));
        foreach ((string tag, Func<EpochResult, double> value) in ((string, Func<EpochResult, double>)[])
            [("train/loss", e => e.TrainLoss), ("train/acc", e => e.TrainAcc), ("val/loss", e => e.ValLoss), ("val/acc", e => e.ValAcc)])
            Assert.Equal(run.Epochs.Select(e => ((long)e.Epoch, (float)value(e))), scalars.Where(s => s.Tag == tag).Select(s => (s.Step, s.Value)));
        StepDone[] steps = [.. Events.Read(run.Run).OfType<StepDone>()];
        Assert.Equal(steps.Select(s => (s.TotalSteps, (float)s.Loss)), scalars.Where(s => s.Tag == "train/loss_step").Select(s => (s.Step, s.Value)));
        Assert.Equal(steps.Select(s => (s.TotalSteps, (float)s.Lr)), scalars.Where(s => s.Tag == "lr").Select(s => (s.Step, s.Value)));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(Steps)]
    [InlineData(Steps + 6)]
    [InlineData(2 * Steps + 4)]
    public void AKilledRunsFilesAreCutBackAndEndAsIfNothingHadHappened(long step)
    {
        using TempFolder folder = new();
        TrainingOptions options = Options(folder);
        RunSummary whole = Train.Run(options with { Name = "whole" });
        string killed = Killed(options, step);
        // What was being written when it was killed.
        using (FileStream file = new(Directory.GetFiles(Path.Combine(killed, "tensorboard"))[0], FileMode.Append))
            file.Write([77, 0, 0, 0, 0, 0, 0, 0, 1, 2]);
        Resume(killed);
        Assert.Equal(Scalars(whole.Run), Scalars(killed));
        Assert.Equal(Text(whole.Run, "predictions.csv"), Text(killed, "predictions.csv"));
    }

    [Fact]
    public void ARunOfAnOlderVersionGetsItsEventFileWhenItIsResumed()
    {
        using TempFolder folder = new();
        string killed = Killed(Options(folder), Steps + 6);
        Directory.Delete(Path.Combine(killed, "tensorboard"), recursive: true);
        Resume(killed);
        Assert.Equal([2, 3], Scalars(killed).Where(s => s.Tag == "val/acc").Select(s => s.Step));
    }

    [Fact]
    public void PredictionsAreThoseOfTheBestEpochAndDoNotDependOnWorkers()
    {
        using TempFolder folder = new();
        DataSplits data = SyntheticDataset.Splits(120, 50, brokenVal: [7]);
        TrainingOptions options = Options(folder) with { AllowBroken = true };
        RunSummary one = Train.Run(options with { Name = "one", Workers = 1 }, data), four = Train.Run(options with { Name = "four", Workers = 4 }, data);
        Assert.Equal(Text(one.Run, "predictions.csv"), Text(four.Run, "predictions.csv"));
        RunPredictions predictions = RunRecord.Load(one.Run).ReadPredictions()!;
        Assert.Equal(one.Best!.Epoch, predictions.Epoch);
        Assert.Equal(Enumerable.Range(0, 50).Where(i => i != 7), predictions.Outcomes.Select(o => o.Sample));
        Assert.Equal(one.Best.ValAcc, predictions.Outcomes.Count(o => o.IsRight) / 49.0);
        // Six digits are written.
        Assert.Equal(one.Epochs[one.Best.Epoch - 1].ValLoss, predictions.Outcomes.Average(o => o.Loss), 1e-5);
        Assert.Equal("synthetic val image 3", predictions.Images[3]);
    }

    [Fact]
    public void AFinishedRunsReportHasEverythingAndNeedsNothing()
    {
        using TempFolder folder = new();
        // A low rate, so that some images are wrong.
        RunSummary run = Train.Run(Options(folder) with { Lr = 1e-5 });
        string report = Text(run.Run, "report.html");
        foreach (string part in (string[])["Finished", "top left", "Most confidently wrong", "Hardest", "data:image/png;base64,", "weight-decay", "images per second", "Confusion matrix", "managed"])
            Assert.Contains(part, report);
        // The one address is that which tells SVG from HTML, where it stands alone.
        Assert.DoesNotContain("http", report);
        Assert.DoesNotContain("<script", report);
        Assert.DoesNotContain(folder.Path, Text(run.Run, "results.svg") + Text(run.Run, "confusion.svg"));
        Assert.Equal(4, XElement.Parse(Text(run.Run, "results.svg")).Elements().Count(e => e.Name.LocalName == "svg"));
        Assert.Equal("svg", XElement.Parse(Text(run.Run, "confusion.svg")).Name.LocalName);
    }

    [Fact]
    public void AStoppedRunSaysSoInReportAndRecord()
    {
        using TempFolder folder = new();
        using CancellationTokenSource stop = new();
        RunSummary run = Train.Run(Options(folder), on: e =>
        {
            if (e is StepDone { TotalSteps: Steps + 2 })
                stop.Cancel();
        }, cancellation: stop.Token);
        RunRecord record = RunRecord.Load(run.Run);
        Assert.Equal((RunState.Stopped, 1, new RunPosition(1, 2)), (record.State, record.Epochs.Count, record.Position));
        Assert.Contains("Stopped in epoch 2, step 2", Text(run.Run, "report.html"));
        Assert.Contains("1 of 3 epochs", Text(run.Run, "report.html"));
        Assert.Contains($"--resume {run.Run}", Text(run.Run, "report.html"));
    }

    [Fact]
    public void AFailedRunSaysSoAndWhyInReportAndRecord()
    {
        using TempFolder folder = new();
        FoveaException error = Assert.Throws<FoveaException>(() => Train.Run(Options(folder) with { Lr = 1e30, Name = "hot" }));
        string run = Path.Combine(folder["runs"], "hot");
        RunRecord record = RunRecord.Load(run);
        Assert.Equal((RunState.Failed, error.Message), (record.State, record.Reason));
        Assert.Contains(System.Net.WebUtility.HtmlEncode(error.Message), Text(run, "report.html"));
        Assert.Contains($"--resume {run}", Text(run, "report.html"));
        Assert.Contains("(--lr 1e30): try --lr 1e29", error.Message);
        Assert.Equal(error.Message, Events.Read(run).OfType<RunFailed>().Single().Reason);
    }

    [Fact]
    public void AKilledRunIsKnownByItsSilenceAndARunningOneByItsLock()
    {
        using TempFolder folder = new();
        Assert.Equal(RunState.Killed, RunRecord.Load(Killed(Options(folder), 4)).State);
        List<RunState> seen = [];
        Train.Run(Options(folder) with { Name = "live" }, on: e =>
        {
            if (e is StepDone { TotalSteps: 4 })
                seen.Add(RunRecord.Load(Path.Combine(folder["runs"], "live")).State);
        });
        Assert.Equal([RunState.Running], seen);
    }

    [Fact]
    public void AReaderThatFailsTooDoesNotHideWhyTheRunFailed()
    {
        using TempFolder folder = new();
        FoveaException error = Assert.Throws<FoveaException>(() => Train.Run(Options(folder) with { Lr = 1e30 }, on: e =>
        {
            if (e is RunFailed)
                throw new FoveaException("the disk is full");
        }));
        Assert.Contains("not finite", error.Message);
    }

    [Fact]
    public void MetersCountWhatTheRunDoes()
    {
        using TempFolder folder = new();
        Dictionary<string, List<(double Value, string Tags)>> heard = [];
        using MeterListener listener = new();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == "Fovea")
                self.EnableMeasurementEvents(instrument);
        };
        void Hear(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            string text = string.Join(' ', tags.ToArray().Select(t => $"{t.Key}={t.Value}"));
            // Other tests train at the same time, and their meters have the same name.
            lock (heard)
            {
                if (text.StartsWith("run=metered", StringComparison.Ordinal))
                    (heard.TryGetValue(instrument.Name, out List<(double, string)>? list) ? list : heard[instrument.Name] = []).Add((value, text));
            }
        }

        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Hear(instrument, value, tags));
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Hear(instrument, value, tags));
        listener.Start();
        RunSummary run = Train.Run(Options(folder) with { Name = "metered", AllowBroken = true }, SyntheticDataset.Splits(120, 50, broken: [3]));
        Assert.Equal(3 * 120, heard["fovea.train.images"].Sum(m => m.Value));
        Assert.Equal(3, heard["fovea.train.epochs"].Sum(m => m.Value));
        Assert.Equal([(1, "run=metered split=train")], heard["fovea.data.broken_images"]);
        Assert.Equal(run.Epochs.Select(e => e.ValAcc), heard["fovea.accuracy"].Where(m => m.Tags.Contains("split=val")).Select(m => m.Value));
        Assert.Equal(run.Epochs.Select(e => e.TrainLoss), heard["fovea.loss"].Where(m => m.Tags.Contains("split=train")).Select(m => m.Value));
        Assert.Equal(3 * Steps / 2, heard["fovea.train.lr"].Count);
        Assert.All(heard["fovea.data.wait_ratio"], m => Assert.InRange(m.Value, 0, 1));
        Assert.All(heard["fovea.train.images_per_second"], m => Assert.True(m.Value > 0));
        // One step's end to the next one's: seven in an epoch of eight, since an evaluation lies between.
        Assert.Equal(3 * (Steps - 1), heard["fovea.train.step.duration"].Count);
    }

    /// <summary>What the user can lower is <c>--lr</c>, not the rate that a schedule had reached.</summary>
    [Fact]
    public void AScheduleThatExplodesIsCuredByLr()
    {
        using TempFolder folder = new();
        FoveaException error = Assert.Throws<FoveaException>(() => Train.Run(Options(folder) with { Lr = 0.01, Sched = "multistep", Milestones = [1], Gamma = 1e30 }));
        Assert.Contains("(--lr 0.01, and 1e28 at this step): try --lr 0.001.", error.Message);
    }

    [Fact]
    public void ThePageOfAKilledRunSaysHowItCanGoOn()
    {
        using TempFolder folder = new();
        string run = Killed(Options(folder), Steps + 4), report = Text(run, "report.html");
        Assert.Contains("1 of 3 epochs were done at", report);
        Assert.Contains($"--resume {run}", report);
    }

    [Fact]
    public void OneEpochIsARowAndNoCurve()
    {
        using TempFolder folder = new();
        RunSummary run = Train.Run(Options(folder) with { Epochs = 1, LogEvery = 100 });
        Assert.DoesNotContain("<h2>Curves", Text(run.Run, "report.html"));
        Assert.Contains("<h2>Epochs", Text(run.Run, "report.html"));
    }

    [Theory]
    [InlineData(0, 0, "before the first step")]
    [InlineData(2, 0, "after epoch 2")]
    [InlineData(2, 5, "in epoch 3, step 5")]
    public void APositionIsSaidInWords(int epochs, int steps, string words) => Assert.Equal(words, new RunPosition(epochs, steps).InWords());
}
