using System.Globalization;
using System.Text;

namespace Fovea.Training;

/// <summary>Parts that several pages have.</summary>
internal static class ReportSections
{
    /// <summary>Curves of a run: loss and accuracy of both splits, learning rate, and the loss by step.</summary>
    /// <param name="run">The run.</param>
    /// <param name="place">Attributes of the chart with that index, for a drawing that holds them all.</param>
    public static IReadOnlyList<string> Curves(RunRecord run, Func<int, string>? place = null)
    {
        IReadOnlyList<EpochResult> epochs = run.Epochs;
        string Place(int i) => place?.Invoke(i) ?? "";
        (double, string)? best = run.Best is { } b && epochs.Count > 1 ? (b.Epoch, $"best: {Format.Percent(b.ValAcc)}") : null;
        return
        [
            new LineChart("Loss", "epoch").Draw(
                [Curve.OfEpochs("training", 0, epochs.Select(e => e.TrainLoss)), Curve.OfEpochs("validation", 1, epochs.Select(e => e.ValLoss))], Place(0)),
            new LineChart("Accuracy", "epoch", ChartScale.Percent) { Mark = best }.Draw(
                [Curve.OfEpochs("training", 0, epochs.Select(e => e.TrainAcc)), Curve.OfEpochs("validation", 1, epochs.Select(e => e.ValAcc))], Place(1)),
            new LineChart("Learning rate", "epoch", ChartScale.Rates).Draw([Curve.OfEpochs("learning rate", 2, epochs.Select(e => e.Lr))], Place(2)),
            StepLoss(run.Steps, Place(3)),
        ];
    }

    /// <summary>A table of epochs; the best one is marked.</summary>
    public static string Epochs(RunRecord run)
    {
        string[] headings = ["epoch", "train loss", "train accuracy", "val loss", "val accuracy", "learning rate", "seconds", "images/s"];
        string table = Html.Table(headings, run.Epochs.Select(e => (string[])
        [
            e == run.Best ? $"<b>{e.Epoch}</b>&ensp;<span class=\"good\">best</span>" : $"{e.Epoch}", Format.Rate(e.TrainLoss), Format.Rate(e.TrainAcc),
            Format.Rate(e.ValLoss), Format.Rate(e.ValAcc), Format.LearningRate(e.Lr),
            e.Seconds.ToString("0.0", CultureInfo.InvariantCulture), Format.Speed(e.ImagesPerSecond),
        ]));
        return run.Epochs.Count <= 12 ? table : $"<details><summary>All {run.Epochs.Count} epochs</summary>{table}</details>";
    }

    /// <summary>Precision, recall and F1 of each class; the weakest first where there are many.</summary>
    public static string Classes(IReadOnlyList<ClassMetrics> classes)
    {
        const int Many = 40;
        IEnumerable<ClassMetrics> shown = classes.Count > Many ? classes.OrderBy(c => c.Support == 0 ? 2 : c.F1) : classes;
        static string Bar(double share) => string.Create(CultureInfo.InvariantCulture,
            $"{Format.Rate(share)}<span class=\"bar\"><i style=\"width:{100 * share:0.#}%\"></i></span>");
        string table = Html.Table(["class", "precision", "recall", "F1", "images"], shown.Select(c => (string[])
            [Html.Text(c.Class), Format.Rate(c.Precision), Format.Rate(c.Recall), Bar(c.F1), Format.Count(c.Support)]));
        return classes.Count <= Many ? table : $"<details><summary>All {classes.Count} classes, the weakest first</summary>{table}</details>";
    }

    /// <summary>Both contact sheets with their headings.</summary>
    public static string Sheets(ContactSheet sheet, IReadOnlyList<ImageOutcome> outcomes)
    {
        const int Shown = 18;
        StringBuilder html = new();
        IReadOnlyList<ImageOutcome> wrong = NotableImages.ConfidentlyWrong(outcomes, Shown);
        if (wrong.Count > 0)
            html.Append($"<h2>Most confidently wrong</h2><p class=\"note\">Wrong answers, the surest first: often images whose label is doubtful.</p>{sheet.Draw(wrong)}\n");
        html.Append("<h2>Hardest</h2><p class=\"note\">The images with the largest loss: first the hardest of each class, then each class's second.</p>");
        return html.Append(sheet.Draw(NotableImages.Hardest(outcomes, Shown))).ToString();
    }

    private static string StepLoss(IReadOnlyList<StepDone> steps, string place)
    {
        // A point is the mean over as many steps as the longest event covers: the few that are left at an epoch's end would jump about. More points than the chart has
        // room for are averaged, so that a long run does not make a large file.
        const int MostPoints = 240;
        List<(double, double)> points = [];
        long longest = 0, before = 0;
        foreach (StepDone step in steps)
            (longest, before) = (Math.Max(longest, step.TotalSteps - before), step.TotalSteps);
        long least = Math.Max(longest, (before + MostPoints - 1) / MostPoints);
        (long counted, double sum) = (0, 0);
        before = 0;
        foreach (StepDone step in steps)
        {
            long covered = Math.Max(1, step.TotalSteps - before);
            (counted, sum, before) = (counted + covered, sum + covered * step.Loss, step.TotalSteps);
            if (counted < least)
                continue;
            points.Add((step.TotalSteps, sum / counted));
            (counted, sum) = (0, 0);
        }
        if (points.Count == 0 && counted > 0)
            points.Add((before, sum / counted));
        return new LineChart("Training loss by step", "step").Draw([new Curve("loss", 0, points)], place);
    }
}
