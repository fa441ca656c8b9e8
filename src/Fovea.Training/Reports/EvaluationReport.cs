using System.Globalization;
using System.Text;
using Fovea.Data;
using Fovea.Kernels.Memory;

namespace Fovea.Training;

/// <summary>An evaluation as one page: figures, classes, confusion matrix, the images that it names.</summary>
public static class EvaluationReport
{
    /// <summary>Writes the page.</summary>
    /// <param name="path">Its file; an existing one is replaced.</param>
    /// <param name="model">The model.</param>
    /// <param name="split">The images that it was evaluated on.</param>
    /// <param name="result">What was found.</param>
    /// <param name="notes">More to say: names with values, such as the test-time augmentation.</param>
    /// <exception cref="Kernels.FoveaException">The file cannot be written.</exception>
    public static void Write(
        string path, LoadedModel model, IImageDataset split, EvaluationResult result, IReadOnlyList<(string Name, string Value)> notes)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(result);
        AtomicFile.Write(path, Encoding.UTF8.GetBytes(Page(model, split, result, notes)));
    }

    private static string Page(LoadedModel model, IImageDataset split, EvaluationResult result, IReadOnlyList<(string Name, string Value)> notes)
    {
        string title = $"{model.Architecture.Model} on {Html.ShortName(split.Name)}";
        StringBuilder body = new();
        body.AppendLine($"<h1>{Html.Text(title)}</h1><p class=\"lead\">{Html.Text(model.Path)}</p>");
        body.AppendLine(Html.Figures(
        [
            (Format.Percent(result.Top1), string.Create(CultureInfo.InvariantCulture,
                $"accuracy; 95 % interval {Ends(result.AccuracyInterval)} %, by the bootstrap {Ends(result.AccuracyBootstrap)} %")),
            (Format.Percent(result.Top5), "among the five likeliest"),
            (Format.Rate(result.Loss), "loss"),
            (Format.Rate(result.MacroF1), string.Create(CultureInfo.InvariantCulture,
                $"F1, mean over classes; 95 % interval {Format.Rate(result.MacroF1Bootstrap[0])} to {Format.Rate(result.MacroF1Bootstrap[1])}")),
            (Format.Rate(result.Ece), $"calibration error; {Format.Rate(result.EceAtTemperature)} at temperature {Format.Rate(result.Temperature)}, fitted on these images"),
            (Format.Count(result.Images), result.Skipped == 0 ? "images" : $"images, and {Format.Count(result.Skipped)} that cannot be read"),
        ]));
        body.AppendLine($"<h2>Classes</h2>{ReportSections.Classes(result.PerClass)}");
        body.AppendLine($"<h2>Confusion</h2>{Html.Wide(ConfusionChart.Draw([.. result.PerClass.Select(c => c.Class)], result.Confusion))}");
        ContactSheet sheet = new(split, model.Architecture.Input.C, ReadOptions.DefaultMaxPixels);
        Dictionary<string, int> index = result.PerClass.Index().DistinctBy(c => c.Item.Class).ToDictionary(c => c.Item.Class, c => c.Index);
        ImageOutcome[] named = [.. result.ConfidentlyWrong.Concat(result.Hardest).DistinctBy(n => n.Index)
            .Select(n => new ImageOutcome(n.Index, index[n.Class], index[n.Predicted], n.Confidence, n.Loss))];
        body.AppendLine(ReportSections.Sheets(sheet, named));
        body.AppendLine($"<h2>How</h2>{Html.List(notes)}");
        return Html.Page(title, body.ToString());
    }

    private static string Ends(IReadOnlyList<double> interval) =>
        string.Create(CultureInfo.InvariantCulture, $"{100 * interval[0]:0.0} to {100 * interval[1]:0.0}");
}
