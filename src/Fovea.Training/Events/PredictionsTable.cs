using System.Globalization;
using System.Text;
using Fovea.Data;
using Fovea.Kernels.Memory;

namespace Fovea.Training;

/// <summary>
/// predictions.csv: what the best epoch's network said of each validation image. The same run writes the same bytes; reports and comparisons read
/// them.
/// </summary>
/// <param name="path">The file.</param>
/// <param name="validation">The validation images.</param>
internal sealed class PredictionsTable(string path, IImageDataset validation) : IEventSink
{
    /// <summary>The first line.</summary>
    public const string Header = "epoch,index,class,predicted,confidence,loss,image";

    private IReadOnlyList<ImageOutcome> _latest = [];

    /// <inheritdoc/>
    public void Handle(TrainingEvent happened)
    {
        if (happened is Evaluated { Split: "val" } evaluated)
            _latest = evaluated.Outcomes;
        else if (happened is EpochDone { IsBest: true } epoch)
            Save(epoch.Result.Epoch);
    }

    /// <summary>Reads the file of a run.</summary>
    /// <param name="path">The file.</param>
    /// <param name="classes">The run's class names.</param>
    /// <returns>Null where there is none, or what is there is not sound.</returns>
    public static RunPredictions? Read(string path, IReadOnlyList<string> classes)
    {
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
        Dictionary<string, int> index = classes.Index().DistinctBy(c => c.Item).ToDictionary(c => c.Item, c => c.Index);
        List<ImageOutcome> outcomes = [];
        List<string> images = [];
        int epoch = 0;
        foreach (List<string> cells in Csv.Rows(text).Skip(1))
        {
            bool sound = cells.Count == 7 & int.TryParse(cells[0], CultureInfo.InvariantCulture, out epoch)
                && int.TryParse(cells[1], CultureInfo.InvariantCulture, out int sample) & index.TryGetValue(cells[2], out int own)
                & index.TryGetValue(cells[3], out int said) & double.TryParse(cells[4], CultureInfo.InvariantCulture, out double confidence)
                & double.TryParse(cells[5], CultureInfo.InvariantCulture, out double loss) && Add(sample, own, said, confidence, loss, cells[6]);
            if (!sound)
                return null;
        }
        return outcomes.Count == 0 ? null : new RunPredictions(epoch, outcomes, images);

        bool Add(int sample, int own, int said, double confidence, double loss, string image)
        {
            outcomes.Add(new ImageOutcome(sample, own, said, confidence, loss));
            images.Add(image);
            return true;
        }
    }

    private void Save(int epoch)
    {
        StringBuilder text = new(Header + "\n");
        foreach (ImageOutcome o in _latest)
        {
            text.Append(CultureInfo.InvariantCulture, $"{epoch},{o.Sample},{Csv.Cell(validation.Classes[o.Class])},").Append(
                CultureInfo.InvariantCulture, $"{Csv.Cell(validation.Classes[o.Predicted])},{o.Confidence:G6},{o.Loss:G6},").Append(
                Csv.Cell(validation.Describe(o.Sample))).Append('\n');
        }
        AtomicFile.Write(path, Encoding.UTF8.GetBytes(text.ToString()));
    }
}

/// <summary>What the best network of a run said of its validation images.</summary>
/// <param name="Epoch">The epoch, from 1.</param>
/// <param name="Outcomes">One entry per image that could be read, in the split's order.</param>
/// <param name="Images">Where each comes from.</param>
public sealed record RunPredictions(int Epoch, IReadOnlyList<ImageOutcome> Outcomes, IReadOnlyList<string> Images);

/// <summary>Comma-separated values (RFC 4180).</summary>
internal static class Csv
{
    /// <summary>A cell, in quotes where its text needs them.</summary>
    public static string Cell(string text) =>
        text.AsSpan().IndexOfAny(",\"\n\r") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>The rows of a text; a last row that is torn comes as it is.</summary>
    public static IEnumerable<List<string>> Rows(string text)
    {
        List<string> row = [];
        StringBuilder cell = new();
        bool quoted = false;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (quoted && c == '"' && i + 1 < text.Length && text[i + 1] == '"')
                cell.Append(text[++i]);
            else if (c == '"')
                quoted = !quoted;
            else if (quoted || c is not (',' or '\n'))
                cell.Append(c);
            else
            {
                row.Add(cell.ToString());
                cell.Clear();
                if (c != '\n')
                    continue;
                yield return row;
                row = [];
            }
        }
        if (row.Count > 0 || cell.Length > 0)
            yield return [.. row, cell.ToString()];
    }
}
