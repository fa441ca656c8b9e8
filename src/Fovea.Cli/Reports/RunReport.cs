using System.Globalization;
using System.Text;
using Fovea.Cli.Demo;
using Fovea.Cli.Text;
using Fovea.Training;

namespace Fovea.Cli.Reports;

/// <summary>What a report is made of.</summary>
/// <param name="Title">Its heading.</param>
/// <param name="Options">Options by name, for its table.</param>
/// <param name="Run">The epochs.</param>
/// <param name="Evaluation">The best model on the test images.</param>
/// <param name="Samples">Some test images.</param>
/// <param name="Seconds">How long the training took.</param>
/// <param name="Parameters">Trainable values of the network.</param>
internal sealed record ReportContent(
    string Title, IReadOnlyList<(string Name, string Value)> Options, RunSummary Run, EvaluationResult Evaluation, IReadOnlyList<DemoSample> Samples,
        double Seconds, long Parameters);

/// <summary>Writes a run as one page that needs nothing else: figures, curves, confusion matrix, images.</summary>
internal static class RunReport
{
    /// <summary>The page.</summary>
    public static string Write(ReportContent content)
    {
        StringBuilder body = new();
        body.AppendLine($"<h1>{Html.Text(content.Title)}</h1>");
        body.AppendLine($"<p class=\"lead\">{Html.Text(content.Run.Run)}</p>");
        Figures(content, body);
        Charts(content.Run.Epochs, body);
        Confusion(content.Evaluation, body);
        Samples(content.Samples, body);
        body.AppendLine("<h2>Options</h2><div class=\"panel\"><dl>");
        foreach ((string name, string value) in content.Options)
            body.AppendLine($"<dt>{Html.Text(name)}</dt><dd>{Html.Text(value)}</dd>");
        body.AppendLine("</dl></div>");
        return Html.Page(content.Title, body.ToString());
    }

    private static void Figures(ReportContent content, StringBuilder body)
    {
        void Figure(string value, string what) =>
            body.AppendLine($"<div class=\"figure\"><b>{Html.Text(value)}</b><span>{Html.Text(what)}</span></div>");
        body.AppendLine("<div class=\"figures\">");
        Figure(Format.Percent(content.Evaluation.Top1), $"of {Format.Count(content.Evaluation.Images)} test images right");
        Figure(Format.Rate(content.Evaluation.Loss), "loss on them");
        Figure($"{content.Run.Epochs.Count}", content.Run.Best is { } best ? $"epochs, the best is number {best.Epoch}" : "epochs");
        Figure(Format.Duration(content.Seconds), "of training");
        Figure(Format.Count(content.Parameters), "parameters");
        body.AppendLine("</div>");
    }

    private static void Charts(IReadOnlyList<EpochResult> epochs, StringBuilder body)
    {
        body.AppendLine("<h2>Epochs</h2><div class=\"charts\">");
        string loss = CurveSvg.Draw("Loss",
            [new Curve("training", "a", [.. epochs.Select(e => e.TrainLoss)]), new Curve("validation", "b", [.. epochs.Select(e => e.ValLoss)])]);
        string accuracy = CurveSvg.Draw("Accuracy",
            [new Curve("training", "a", [.. epochs.Select(e => e.TrainAcc)]), new Curve("validation", "b", [.. epochs.Select(e => e.ValAcc)])]);
        body.AppendLine($"<div class=\"panel\">{loss}</div><div class=\"panel\">{accuracy}</div></div>");
        body.AppendLine("<div class=\"scroll\"><table style=\"margin-top:12px\"><thead><tr><th>epoch</th><th>train loss</th><th>train "
            + "accuracy</th><th>val loss</th><th>val accuracy</th>"
            + "<th>learning rate</th><th>seconds</th><th>images/s</th></tr></thead><tbody>");
        foreach (EpochResult e in epochs)
        {
            string[] cells =
            [
                $"{e.Epoch}", Format.Rate(e.TrainLoss), Format.Rate(e.TrainAcc), Format.Rate(e.ValLoss), Format.Rate(e.ValAcc),
                e.Lr.ToString("0.######", CultureInfo.InvariantCulture), e.Seconds.ToString("0.0", CultureInfo.InvariantCulture),
                Format.Speed(e.ImagesPerSecond),
            ];
            body.AppendLine($"<tr>{string.Concat(cells.Select(cell => $"<td>{cell}</td>"))}</tr>");
        }
        body.AppendLine("</tbody></table></div>");
    }

    private static void Confusion(EvaluationResult evaluation, StringBuilder body)
    {
        body.AppendLine("<h2>Confusion matrix</h2><p class=\"lead\" style=\"margin-bottom:8px\">A row is what the images are, a column what the "
            + "network says.</p><div class=\"scroll\"><table class=\"matrix\"><thead><tr><th></th>");
        foreach (ClassMetrics c in evaluation.PerClass)
            body.Append($"<th>{Html.Text(c.Class)}</th>");
        body.AppendLine("</tr></thead><tbody>");
        for (int row = 0; row < evaluation.Confusion.Length; row++)
        {
            body.Append($"<tr><td>{Html.Text(evaluation.PerClass[row].Class)}</td>");
            double support = Math.Max(1, evaluation.Confusion[row].Sum());
            foreach (int n in evaluation.Confusion[row])
            {
                string shade = (0.65 * Math.Sqrt(n / support)).ToString("0.00", CultureInfo.InvariantCulture);
                body.Append(n == 0 ? "<td class=\"zero\">&middot;</td>" : $"<td style=\"background: rgba(var(--heat), {shade})\">{n}</td>");
            }
            body.AppendLine("</tr>");
        }
        body.AppendLine("</tbody></table></div>");
    }

    private static void Samples(IReadOnlyList<DemoSample> samples, StringBuilder body)
    {
        body.AppendLine("<h2>Some test images</h2><div class=\"samples\">");
        foreach (DemoSample sample in samples)
        {
            string verdict = sample.IsRight ? "<span class=\"right\">&#10003; right</span>" : "<span class=\"wrong\">&#10007; wrong</span>";
            body.Append($"<div class=\"panel sample\"><img alt=\"{Html.Text(sample.Class)}\" "
                + $"src=\"{Html.Png(sample.Png)}\"><div><b>{Html.Text(sample.Class)}</b> {verdict}</div><ol>");
            foreach (ClassProbability answer in sample.Answer.Top)
                body.Append($"<li><span>{Html.Text(answer.Class)}</span><span>{Format.Percent(answer.Probability)}</span></li>");
            body.AppendLine("</ol></div>");
        }
        body.AppendLine("</div>");
    }
}
