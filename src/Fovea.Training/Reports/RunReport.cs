using System.Globalization;
using System.Text;

namespace Fovea.Training;

/// <summary>A run as one page that needs nothing else: report.html. And its drawings: results.svg, confusion.svg.</summary>
internal static class RunReport
{
    /// <summary>The page.</summary>
    /// <param name="run">The run.</param>
    /// <param name="sheet">Draws validation images; null leaves them out.</param>
    public static string Page(RunRecord run, ContactSheet? sheet)
    {
        RunPredictions? predictions = run.ReadPredictions();
        string title = $"{run.Args.Options.Architecture.Model} on {Html.ShortName(run.Args.Dataset.Name)}";
        StringBuilder body = new();
        body.AppendLine($"<h1>{Html.Text(title)}</h1>");
        State(run, body);
        body.AppendLine(Html.Figures(Figures(run, predictions)));
        // One epoch makes no curve: its row says it all.
        string[] charts = [.. ReportSections.Curves(run).Where((_, i) => i == 3 ? run.Steps.Count > 1 : run.Epochs.Count > 1)];
        if (charts.Length > 0)
        {
            body.AppendLine($"<h2>Curves</h2><div class=\"charts\">{string.Concat(charts.Select(c => $"<div class=\"panel\">{c}</div>\n"))}</div>");
        }
        if (run.Epochs.Count > 0)
            body.AppendLine($"<h2>Epochs</h2>{ReportSections.Epochs(run)}");
        if (predictions is not null)
            Answers(run, predictions, sheet, body);
        Machine(run, body);
        body.AppendLine("<h2>Options</h2>");
        body.AppendLine(Html.List(RunOptions.Of(run.Folder)));
        return Html.Page($"{run.Name}: {title}", body.ToString());
    }

    /// <summary>results.svg: the curves in one drawing.</summary>
    public static string Results(RunRecord run) => LineChart.File(place => ReportSections.Curves(run, place));

    /// <summary>The confusion matrix of predictions.</summary>
    public static ConfusionMatrix Confusion(RunRecord run, RunPredictions predictions)
    {
        ConfusionMatrix matrix = new(run.Args.Classes.Count);
        foreach (ImageOutcome o in predictions.Outcomes)
            matrix.Add(o.Class, o.Predicted);
        return matrix;
    }

    private static void State(RunRecord run, StringBuilder body)
    {
        string done = $"{run.Epochs.Count} of {Format.Plural(run.Args.Options.Epochs, "epoch")}";
        (string colour, string word) = run.State switch
        {
            RunState.Finished => ("good", "Finished"),
            RunState.Stopped => ("warm", $"Stopped {run.Position.InWords()}"),
            RunState.Failed => ("bad", $"Failed {run.Position.InWords()}"),
            RunState.Killed => ("bad", $"Killed {run.Position.InWords()}"),
            _ => ("warm", $"Running: {done} were done at {At(run.LastHeard)}, when this was written"),
        };
        body.AppendLine($"<p class=\"lead\"><span class=\"state {colour}\">{Html.Text(word)}</span> run <b>{Html.Text(run.Name)}</b>, begun {At(run.Begun)}</p>");
        string resume = $"<code>fovea train --resume {Html.Text(run.Folder)}</code>";
        switch (run.State)
        {
            case RunState.Failed:
                body.AppendLine($"<div class=\"alert\">{Html.Text(run.Reason ?? "")}<p>{done} are done. {resume} goes on from the last checkpoint, with the same options.</p></div>");
                break;
            case RunState.Stopped or RunState.Killed:
                body.AppendLine($"<div class=\"alert warm\">This run is not complete: {done} are done. {resume} goes on with it.</div>");
                break;
            case RunState.Running:
                // A process that is killed writes no more: this page is then the last.
                body.AppendLine("<p class=\"note\">A run that trains writes this page anew as epochs end. Should it have been killed, "
                    + $"<code>fovea runs</code> says so, and {resume} goes on with it.</p>");
                break;
        }
    }

    private static string At(DateTimeOffset? time) => time?.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture) ?? "";

    private static IEnumerable<(string, string)> Figures(RunRecord run, RunPredictions? predictions)
    {
        if (run.Best is not { } best)
        {
            yield return ("-", "no epoch is complete");
            yield break;
        }
        string accuracy = $"validation accuracy, epoch {best.Epoch} of {run.Args.Options.Epochs}";
        if (predictions is null)
            yield return (Format.Percent(best.ValAcc), accuracy);
        else
        {
            yield return (Format.Percent(best.ValAcc), $"{accuracy}; {Interval(predictions)}");
            yield return (Format.Rate(EvaluationSummary.Error(predictions.Outcomes)), "calibration error (ECE, 15 bins)");
        }
        yield return (Format.Rate(best.ValLoss), "validation loss then");
        yield return (Format.Duration(run.Epochs.Sum(e => e.Seconds)), $"for {Format.Plural(run.Epochs.Count, "epoch")}");
        yield return (Format.Speed(run.Epochs.Average(e => e.ImagesPerSecond)), "training images per second");
        if (run.Started is { } started)
            yield return (Format.Count(started.Parameters), "parameters");
    }

    private static string Interval(RunPredictions predictions)
    {
        (double low, double high) = Statistics.WilsonInterval(predictions.Outcomes.Count(o => o.IsRight), predictions.Outcomes.Count);
        return string.Create(CultureInfo.InvariantCulture, $"95 % interval {100 * low:0.0} to {100 * high:0.0} %");
    }

    private static void Answers(RunRecord run, RunPredictions predictions, ContactSheet? sheet, StringBuilder body)
    {
        ConfusionMatrix confusion = Confusion(run, predictions);
        body.AppendLine($"<h2>Classes</h2><p class=\"note\">The network of epoch {predictions.Epoch} on the validation images.</p>");
        body.AppendLine(ReportSections.Classes(confusion.PerClass(run.Args.Classes)));
        body.AppendLine($"<h2>Confusion</h2>{Html.Wide(ConfusionChart.Draw(run.Args.Classes, confusion.ToRows()))}");
        if (sheet is not null)
            body.AppendLine(ReportSections.Sheets(sheet, predictions.Outcomes));
    }

    private static void Machine(RunRecord run, StringBuilder body)
    {
        body.AppendLine("<h2>Machine and speed</h2>");
        List<(string, string)> entries = [("backend", run.Args.BackendReport), ("threads", $"{run.Args.Options.Threads}"), ("version", $"Fovea {run.Args.Version}")];
        if (run.Started is { } started)
        {
            entries.Insert(0, ("machine", started.Machine));
            entries.Add(("memory of the plans", $"{Format.Bytes(started.ArenaBytes)} for activations and gradients"));
            entries.Add(("data", $"{started.Data}: {Format.Count(started.TrainImages)} for training, {Format.Count(started.ValImages)} for validation"));
        }
        if (run.Steps.Count > 0)
            entries.Add(("waiting for images", $"{Format.Percent(run.Steps.Average(s => s.WaitShare))} of the training time"));
        if (run.Broken.Count > 0)
            entries.Add(("left out", $"{Format.Plural(run.Broken.Count, "image")} that cannot be read; events.jsonl names them"));
        body.AppendLine(Html.List(entries));
        foreach (string warning in run.Args.SlowKernels)
            body.AppendLine($"<div class=\"alert warm\" style=\"margin-top:12px\">{Html.Text(warning)}</div>");
        (string Layer, string Why)[] declined = [.. run.Args.Plans.SelectMany(p => p.Steps).Where(s => s.Declined is not null)
            .Select(s => (s.Layer, s.Declined!)).Distinct()];
        if (declined.Length == 0)
            return;
        body.AppendLine($"<p class=\"note\" style=\"margin-top:12px\">Layers that the {Html.Text(run.Args.Backend)} backend left to another, and why:</p>");
        body.AppendLine(Html.Table(["layer", "reason"], declined.Select(d => (string[])[Html.Text(d.Layer), Html.Text(d.Why)]), "text"));
    }
}
