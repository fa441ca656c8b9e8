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
        if (run.Epochs.Count > 0 || run.Steps.Count > 1)
        {
            string[] charts = [.. ReportSections.Curves(run).Where((_, i) => i == 3 ? run.Steps.Count > 1 : run.Epochs.Count > 0)];
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
    public static string Results(RunRecord run)
    {
        const int Gap = 12;
        (int w, int h) = (2 * LineChart.Width + 3 * Gap, 2 * LineChart.Height + 3 * Gap);
        static string Place(int i) => $"x=\"{Gap + i % 2 * (LineChart.Width + Gap)}\" y=\"{Gap + i / 2 * (LineChart.Height + Gap)}\" "
            + $"width=\"{LineChart.Width}\" height=\"{LineChart.Height}\"";
        return $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\"><style>{ChartStyle.Css("")}</style>"
            + $"<rect class=\"ground\" width=\"{w}\" height=\"{h}\"/>{string.Concat(ReportSections.Curves(run, Place))}</svg>\n";
    }

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
        (string colour, string word) = run.State switch
        {
            RunState.Finished => ("good", "Finished"),
            RunState.Stopped => ("warm", $"Stopped {Where(run.Position)}"),
            RunState.Failed => ("bad", $"Failed {Where(run.Position)}"),
            RunState.Killed => ("bad", $"Killed {Where(run.Position)}"),
            _ => ("warm", $"Running: {run.Epochs.Count} of {run.Args.Options.Epochs} epochs when this was written"),
        };
        string when = run.Begun is { } begun ? begun.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture) : "";
        body.AppendLine($"<p class=\"lead\"><span class=\"state {colour}\">{Html.Text(word)}</span> run <b>{Html.Text(run.Name)}</b>, begun {when}</p>");
        if (run.State == RunState.Failed)
            body.AppendLine($"<div class=\"alert\">{Html.Text(run.Reason ?? "")}</div>");
        else if (run.State is RunState.Stopped or RunState.Killed)
            body.AppendLine($"<div class=\"alert warm\">This run is not complete: {run.Epochs.Count} of {run.Args.Options.Epochs} epochs are done. "
                + $"<code>fovea train --resume {Html.Text(run.Name)}</code> goes on with it.</div>");
    }

    private static string Where(RunPosition position) =>
        position == default ? "before the first step" : position.Steps == 0 ? $"{position}" : $"in {position}";

    private static IEnumerable<(string, string)> Figures(RunRecord run, RunPredictions? predictions)
    {
        if (run.Best is not { } best)
        {
            yield return ("-", "no epoch is complete yet");
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
