using System.Globalization;
using System.Text;
using Fovea.Kernels.Memory;

namespace Fovea.Training;

/// <summary>Runs beside each other as one page, or as one drawing of their curves.</summary>
public static class ComparisonReport
{
    /// <summary>Writes the comparison: the curves alone where the file's name ends in .svg, else a page.</summary>
    /// <exception cref="Kernels.FoveaException">The file cannot be written.</exception>
    public static void Write(string path, RunComparison comparison)
    {
        ArgumentNullException.ThrowIfNull(comparison);
        bool drawing = Path.GetExtension(path).Equals(".svg", StringComparison.OrdinalIgnoreCase);
        AtomicFile.Write(path, Encoding.UTF8.GetBytes(drawing ? Drawing(comparison.Runs) : Page(comparison)));
    }

    /// <summary>What a test's probability means, in words.</summary>
    public static string Verdict(PairTest test)
    {
        ArgumentNullException.ThrowIfNull(test);
        if (test.PValue is not { } p)
            return test.Reason ?? "";
        if (p >= 0.05 || test.OnlyFirst == test.OnlySecond)
            return "no more than chance would do";
        return $"{(test.OnlyFirst > test.OnlySecond ? test.First : test.Second)} is better";
    }

    /// <summary>A probability as people read it.</summary>
    public static string Probability(double? p) => p switch
    {
        null => "-",
        < 0.0001 => "< 0.0001",
        _ => p.Value.ToString("0.0000", CultureInfo.InvariantCulture),
    };

    /// <summary>A count of a test; "-" where it could not be made.</summary>
    public static string Counted(PairTest test, int count)
    {
        ArgumentNullException.ThrowIfNull(test);
        return test.PValue is null ? "-" : Format.Count(count);
    }

    private static string Page(RunComparison comparison)
    {
        IReadOnlyList<RunRecord> runs = comparison.Runs;
        StringBuilder body = new();
        body.AppendLine($"<h1>{Html.Text(string.Join(" · ", runs.Select(r => r.Name)))}</h1><p class=\"lead\">{Format.Plural(runs.Count, "run")} beside each other</p>");
        body.AppendLine(Html.Table(["run", "<network", "<state", "epochs", "best", "val accuracy", "val loss", "training", "images/s"], runs.Select((r, i) => (string[])
        [
            $"<svg class=\"chart key\" viewBox=\"0 0 22 10\">{Key(i, 0, 5)}</svg>{Html.Text(r.Name)}", Html.Text(r.Args.Options.Architecture.Model), $"{r.State}".ToLowerInvariant(), $"{r.Epochs.Count}", $"{r.Best?.Epoch}",
            r.Best is { } best ? $"<b>{Format.Percent(best.ValAcc)}</b>" : "-", Format.Rate(r.Best?.ValLoss ?? double.NaN),
            Format.Duration(r.Epochs.Sum(e => e.Seconds)), Format.Speed(r.Epochs.Select(e => e.ImagesPerSecond).DefaultIfEmpty(double.NaN).Average()),
        ])));
        body.AppendLine("<h2>Curves</h2><div class=\"charts\">");
        foreach (string chart in Curves(runs))
            body.AppendLine($"<div class=\"panel\">{chart}</div>");
        body.AppendLine("</div>");
        if (comparison.Tests.Count > 0)
        {
            body.AppendLine("<h2>More than chance?</h2><p class=\"note\">McNemar's exact test on the best networks' answers for the same validation "
                + $"images: p is how likely two equally good networks differ at least so much. {Html.Text(comparison.Hint ?? "")}</p>");
            body.AppendLine(Html.Table(["runs", "images", "only first right", "only second right", "p", "<"], comparison.Tests.Select(t => (string[])
            [
                $"<span class=\"why\">{Html.Text($"{t.First} · {t.Second}")}</span>", Counted(t, t.Images), Counted(t, t.OnlyFirst), Counted(t, t.OnlySecond),
                Html.Text(Probability(t.PValue)), $"<span class=\"why\">{Html.Text(Verdict(t))}</span>",
            ])));
        }
        body.AppendLine("<h2>Options that differ</h2>");
        body.AppendLine(comparison.Differences.Count == 0 ? "<p class=\"note\">None.</p>" : Html.Table(["option", .. runs.Select(r => r.Name)],
            comparison.Differences.Select(d => d.Values.Select(v => Html.Text(v ?? "–")).Prepend(Html.Text(d.Option))), "text"));
        return Html.Page("Runs beside each other", body.ToString());
    }

    // Names may be long, and begin alike: they stand once above the charts and in full.
    private static string Drawing(IReadOnlyList<RunRecord> runs)
    {
        const int Line = 20, Top = 26;
        string names = string.Concat(runs.Select((r, i) => $"{Key(i, 26, Top + i * Line - 4)}<text class=\"name\" x=\"56\" y=\"{Top + i * Line}\">{Html.Text(r.Name)}</text>"));
        return LineChart.File(place => Curves(runs, place), names, Top / 2 + runs.Count * Line);
    }

    private static string Key(int run, int x, int y) => new Curve("", run, [(x, y), (x + 20, y)]) { Plain = true }.Draw();

    private static string[] Curves(IReadOnlyList<RunRecord> runs, Func<int, string>? place = null)
    {
        string Chart(int i, string title, ChartScale scale, Func<EpochResult, double> value) => new LineChart(title, "epoch", scale) { HasLegend = false }.Draw(
            [.. runs.Select((r, run) => Curve.OfEpochs(r.Name, run, r.Epochs.Select(value)))], place?.Invoke(i) ?? "");
        return
        [
            Chart(0, "Validation accuracy", ChartScale.Percent, e => e.ValAcc), Chart(1, "Validation loss", ChartScale.Numbers, e => e.ValLoss),
            Chart(2, "Training loss", ChartScale.Numbers, e => e.TrainLoss), Chart(3, "Learning rate", ChartScale.Rates, e => e.Lr),
        ];
    }
}
