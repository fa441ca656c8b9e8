using System.Diagnostics;
using System.Text;
using Fovea.Data;
using Fovea.Kernels.Memory;

namespace Fovea.Training;

/// <summary>
/// Keeps results.svg, confusion.svg and report.html up to date: after an epoch where the last time is a while ago, and at the run's end, however it
/// ends; then with images. It reads what lies in the folder, and nothing of the run depends on it.
/// </summary>
/// <param name="folder">The run's folder.</param>
/// <param name="validation">The images to show.</param>
internal sealed class RunReporter(RunFolder folder, IImageDataset validation) : IEventSink
{
    // A run of short epochs spends its time on training; whoever reloads the page waits no longer than this.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);
    private long _last;

    /// <inheritdoc/>
    public void Handle(TrainingEvent happened)
    {
        bool ended = happened is RunFinished or RunStopped or RunFailed;
        if (!ended && (happened is not EpochDone || (_last != 0 && Stopwatch.GetElapsedTime(_last) < Pause)))
            return;
        Write(ended);
        _last = Stopwatch.GetTimestamp();
    }

    private void Write(bool images)
    {
        RunRecord run = RunRecord.Load(folder.Path);
        TrainingOptions options = run.Args.Options;
        ContactSheet? sheet = images ? new ContactSheet(validation, options.Architecture.Input.C, options.MaxPixels) : null;
        if (run.Epochs.Count > 0)
            Save("results.svg", RunReport.Results(run));
        if (run.ReadPredictions() is { } predictions)
            Save("confusion.svg", ConfusionChart.Draw(run.Args.Classes, RunReport.Confusion(run, predictions).ToRows(), standalone: true) + "\n");
        Save("report.html", RunReport.Page(run, sheet));
    }

    private void Save(string name, string text) => AtomicFile.Write(Path.Combine(folder.Path, name), Encoding.UTF8.GetBytes(text));
}
