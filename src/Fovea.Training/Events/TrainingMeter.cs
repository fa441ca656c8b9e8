using System.Diagnostics;
using System.Diagnostics.Metrics;
using Fovea.Kernels;

namespace Fovea.Training;

/// <summary>
/// A run's figures for whoever collects System.Diagnostics.Metrics (OpenTelemetry, dotnet-counters, a MeterListener): docs/runs.md lists them. Where
/// nobody listens, each costs a comparison.
/// </summary>
internal sealed class TrainingMeter : IStepWatcher, IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string Name = "Fovea";

    private readonly Meter _meter = new(Name, RunArgs.ProgramVersion);
    private readonly Counter<long> _images, _epochs, _broken;
    private readonly Histogram<double> _stepSeconds;
    private readonly Gauge<double> _speed, _wait, _stepLoss, _loss, _accuracy, _lr;
    private KeyValuePair<string, object?> _run;
    private long _lastStep;

    public TrainingMeter()
    {
        _images = _meter.CreateCounter<long>("fovea.train.images", "{image}", "Images trained on.");
        _epochs = _meter.CreateCounter<long>("fovea.train.epochs", "{epoch}", "Epochs completed.");
        _broken = _meter.CreateCounter<long>("fovea.data.broken_images", "{image}", "Images left out because they cannot be read.");
        _stepSeconds = _meter.CreateHistogram<double>("fovea.train.step.duration", "s", "Time from one step's end to the next one's, waiting included.");
        _speed = _meter.CreateGauge<double>("fovea.train.images_per_second", "{image}/s", "Training speed since the last report.");
        _wait = _meter.CreateGauge<double>("fovea.data.wait_ratio", "1", "Share of that time spent waiting for images.");
        _stepLoss = _meter.CreateGauge<double>("fovea.train.step.loss", "1", "Mean loss since the last report.");
        _loss = _meter.CreateGauge<double>("fovea.loss", "1", "Mean loss of an epoch, by split.");
        _accuracy = _meter.CreateGauge<double>("fovea.accuracy", "1", "Accuracy of an epoch, by split.");
        _lr = _meter.CreateGauge<double>("fovea.train.lr", "1", "Learning rate.");
    }

    /// <inheritdoc/>
    public void Handle(TrainingEvent happened)
    {
        switch (happened)
        {
            case RunStarted started:
                _run = new("run", Path.GetFileName(Path.TrimEndingDirectorySeparator(started.Run)));
                break;
            case StepDone step:
                _speed.Record(step.ImagesPerSecond, _run);
                _wait.Record(step.WaitShare, _run);
                _stepLoss.Record(step.Loss, _run);
                _lr.Record(step.Lr, _run);
                break;
            case EpochDone { Result: var r }:
                _epochs.Add(1, _run);
                Record("train", r.TrainLoss, r.TrainAcc);
                Record("val", r.ValLoss, r.ValAcc);
                break;
            case SampleBroken broken:
                _broken.Add(1, _run, new("split", broken.Split));
                break;
        }
    }

    /// <inheritdoc/>
    public void Stepped(int epoch, int step, int images, in LossSums sums)
    {
        _images.Add(images, _run);
        long now = Stopwatch.GetTimestamp();
        if (_lastStep != 0)
            _stepSeconds.Record(Stopwatch.GetElapsedTime(_lastStep, now).TotalSeconds, _run);
        _lastStep = now;
    }

    /// <inheritdoc/>
    public void Evaluating(string split, int done, int all) => _lastStep = 0;

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    private void Record(string split, double loss, double accuracy)
    {
        _loss.Record(loss, _run, new("split", split));
        _accuracy.Record(accuracy, _run, new("split", split));
    }
}
