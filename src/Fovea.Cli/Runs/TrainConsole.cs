using System.Globalization;
using Fovea.Cli.Framework;
using Fovea.Cli.Text;
using Fovea.Kernels;
using Fovea.Training;

namespace Fovea.Cli.Runs;

/// <summary>
/// Shows a run's events: a header, a row for each epoch, and below them a view with curves that is rewritten in place; a single such line on a terminal
/// without escape codes, and elsewhere a line every so many steps.
/// </summary>
internal sealed class TrainConsole(CliConsole console) : IStepWatcher
{
    private RunStarted? _run;
    private bool _headed;
    private readonly SpeedMeter _speed = new();
    private readonly TrainPanel _panel = new(console.Panel);
    private double _secondsPerEpoch = double.NaN;

    /// <inheritdoc/>
    public void Handle(TrainingEvent happened)
    {
        switch (happened)
        {
            case RunStarted started:
                Start(started);
                break;
            case SlowKernelFound slow:
                console.Warn(slow.Message);
                break;
            case StepDone step:
                Step(step);
                break;
            case Evaluated { Split: "train" } evaluated:
                console.Log($"  training split in inference mode: loss {Format.Rate(evaluated.Loss)}, accuracy {Format.Percent(evaluated.Top1)}");
                break;
            case EpochDone epoch:
                _panel.Add(epoch);
                Epoch(epoch);
                break;
            case SampleBroken broken:
                console.Log($"  left out ({broken.Split}): {broken.Source}: {broken.Reason}");
                break;
            case CacheNote note:
                console.Log($"  cache ({note.Split}): {note.Text}");
                break;
            case RunFinished finished:
                console.Panel.Clear();
                if (finished.Reason is not null)
                    console.Log($"Ended early: {finished.Reason}.");
                break;
            case RunStopped stopped:
                console.Log($"Stopped {stopped.At.InWords()}; the state is saved. Go on with: fovea "
                    + $"train --resume {stopped.Run}");
                break;
        }
    }

    private void Start(RunStarted run)
    {
        _run = run;
        Table header = new("", "");
        header.Row("network", $"{run.Model}, {Format.Count(run.Parameters)} parameters, {Format.Plural(run.Classes, "class", "classes")}");
        if (run.Weights is not null)
            header.Row("weights", $"{run.Weights}: {Format.Plural(run.WeightsTaken, "tensor")} taken");
        if (run.NewHead is not null)
            header.Row("new head", $"{run.NewHead}: fresh values, as the file's are for another number of classes");
        if (run.NewAuxiliaries is not null)
            header.Row("made anew", $"{run.NewAuxiliaries}: auxiliary classifiers, which the file lacks");
        if (run.FrozenLayers > 0)
        {
            header.Row("frozen", $"{Format.Plural(run.FrozenLayers, "layer")} with {Format.Count(run.FrozenParameters)} parameters; "
                + $"{Format.Count(run.Parameters - run.FrozenParameters)} are trained");
        }
        header.Row("data", $"{run.Data}: {Format.Count(run.TrainImages)} for training, {Format.Count(run.ValImages)} for validation");
        header.Row("backend", run.Backend);
        header.Row("engine", $"{Format.Plural(run.Threads, "thread")}, {Format.Bytes(run.ArenaBytes)} for activations and gradients");
        header.Row("plan", $"{Format.Plural(run.Epochs, "epoch")} of {Format.Plural(run.StepsPerEpoch, "step")}, batch {run.BatchSize}");
        if (run.Sizing is not null)
            header.Row("time budget", run.Sizing);
        header.Row("run", run.Run + (run.Resumed ? $" (goes on {(run.At == default ? "from its beginning" : run.At.InWords())})" : ""));
        foreach (string line in header.Lines())
            console.Log(line);
        console.Log("");
    }

    /// <inheritdoc/>
    public void Stepped(int epoch, int step, int images, in LossSums sums)
    {
        double speed = _speed.Count(images);
        if (_run is null)
            return;
        if (console.Panel.IsDue)
            _panel.Show(_run, epoch, step, sums, $"{Format.Speed(speed)} images/s", $"{Format.Duration(SecondsLeft(epoch, step, speed))} left");
        if (console.Panel.IsLive || !console.Progress.IsDue)
            return;
        console.Progress.Show($"epoch {epoch} of {_run.Epochs}  step {step} of {_run.StepsPerEpoch}  loss {Format.Rate(sums.Loss / sums.Weight)}  "
            + $"acc {Format.Rate(sums.Correct / sums.Weight)}"
            + $"  {Format.Speed(speed)} images/s  {Format.Duration(SecondsLeft(epoch, step, speed))} left");
    }

    /// <inheritdoc/>
    public void Evaluating(string split, int done, int all)
    {
        _speed.Pause();
        if (console.Panel.IsDue || console.Progress.IsDue)
            Evaluated($"evaluating: {Format.Count(done)} of {Format.Plural(all, "image")} ({split})");
    }

    private void Evaluated(string text)
    {
        if (console.Panel.IsLive)
            _panel.ShowEvaluation(text);
        else
            console.Progress.Show(text);
    }

    private void Step(StepDone step)
    {
        // A terminal has the line that is rewritten; the row of the epoch follows its last step.
        if (console.ErrorIsTerminal || step.Step == step.StepsPerEpoch)
            return;
        string waiting = step.WaitShare > 0.2 ? $"  ({Format.Percent(step.WaitShare)} of the time waiting for images)" : "";
        console.Log($"epoch {step.Epoch} of {_run?.Epochs}  step {step.Step} of {step.StepsPerEpoch}  loss {Format.Rate(step.Loss)}  "
            + $"{Format.Speed(step.ImagesPerSecond)} images/s"
            + $"  {Format.Duration(SecondsLeft(step.Epoch, step.Step, step.ImagesPerSecond))} left{waiting}");
    }

    /// <summary>The steps that are left at the present speed; once an epoch is complete, its evaluation counts too.</summary>
    private double SecondsLeft(int epoch, int step, double imagesPerSecond)
    {
        if (_run is null)
            return double.NaN;
        double left = (_run.StepsPerEpoch - step) * (double)_run.BatchSize / imagesPerSecond;
        double perEpoch = double.IsNaN(_secondsPerEpoch) ? _run.TrainImages / imagesPerSecond : _secondsPerEpoch;
        return left + (_run.Epochs - epoch) * perEpoch;
    }

    private void Epoch(EpochDone epoch)
    {
        EpochResult r = epoch.Result;
        _secondsPerEpoch = r.Seconds;
        if (!_headed)
            console.Log($"{"epoch",5}  {"train loss",10}  {"train acc",9}  {"val loss",8}  {"val acc",7}  {"lr",8}  {"time/s",6}  {"images/s",8}");
        _headed = true;
        string losses = $"{r.Epoch,5}  {Format.Rate(r.TrainLoss),10}  {Format.Rate(r.TrainAcc),9}  {Format.Rate(r.ValLoss),8}  {Format.Rate(r.ValAcc),7}";
        // With the mark a row has 80 characters, what a terminal has at least.
        string seconds = r.Seconds.ToString(r.Seconds < 1000 ? "0.0" : "0", CultureInfo.InvariantCulture);
        console.Log($"{losses}  {Format.LearningRate(r.Lr),8}  {seconds,6}  {Format.Speed(r.ImagesPerSecond),8}{(epoch.IsBest ? " best" : "")}");
    }
}
