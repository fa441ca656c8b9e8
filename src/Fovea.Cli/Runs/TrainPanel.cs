using Fovea.Cli.Text;
using Fovea.Kernels;
using Fovea.Training;

namespace Fovea.Cli.Runs;

/// <summary>The live view of a run on a terminal: how far it is, how fast, how long still, and how loss and accuracy go.</summary>
/// <param name="panel">Where it is shown.</param>
internal sealed class TrainPanel(LivePanel panel)
{
    private const int ChartRows = 3, MostColumns = 56, LabelColumns = 7, LeastChart = 12, LeastBar = 10, MostBar = 40;
    private readonly Trace _loss = new(4 * MostColumns), _accuracy = new(4 * MostColumns);
    private LossSums _before;
    private int _epoch;
    private EpochResult? _best;

    /// <summary>An epoch is complete.</summary>
    public void Add(EpochDone epoch) => _best = epoch.IsBest ? epoch.Result : _best;

    /// <summary>A step is done.</summary>
    /// <param name="run">The run.</param>
    /// <param name="epoch">The epoch, from 1.</param>
    /// <param name="step">The step in the epoch, from 1.</param>
    /// <param name="sums">Sums over the epoch so far.</param>
    /// <param name="speed">Images per second, as text.</param>
    /// <param name="left">The time left, as text.</param>
    public void Show(RunStarted run, int epoch, int step, in LossSums sums, string speed, string left)
    {
        Sample(epoch, sums);
        int width = panel.Width - 1, chart = Math.Min(MostColumns, (panel.Width - 6) / 2 - LabelColumns);
        string counts = $"epoch {epoch} of {run.Epochs}  ", steps = $"step {step} of {run.StepsPerEpoch}";
        string tail = $"  {steps}  {speed}  {left}";
        double done = (epoch - 1 + step / (double)run.StepsPerEpoch) / run.Epochs;
        int bar = Math.Min(width - counts.Length - tail.Length, MostBar);
        List<string> lines = bar >= LeastBar
            ? ["", counts + Bar(done, bar) + tail]
            : ["", counts + Bar(done, Math.Clamp(width - counts.Length, 0, MostBar)), Fitting(width, $"{steps}  {speed}  {left}", $"{steps}  {left}", left)];
        if (chart >= LeastChart)
            lines.AddRange(Charts(chart, sums));
        else
        {
            string accuracy = $"accuracy {Format.Percent(sums.Correct / sums.Weight)}";
            lines.Add(Fitting(width, $"loss {Format.Rate(sums.Loss / sums.Weight)}  {accuracy}", accuracy));
        }
        panel.Show(lines);
    }

    /// <summary>A split is being evaluated.</summary>
    public void ShowEvaluation(string text) => panel.Show(["", text]);

    // What came since the last look, so that the curve shows the present and not the epoch's mean.
    private void Sample(int epoch, in LossSums sums)
    {
        if (epoch != _epoch)
            (_epoch, _before) = (epoch, default);
        double weight = sums.Weight - _before.Weight;
        if (weight > 0)
        {
            _loss.Add((sums.Loss - _before.Loss) / weight);
            _accuracy.Add((sums.Correct - _before.Correct) / weight);
        }
        _before = sums;
    }

    private IEnumerable<string> Charts(int columns, LossSums sums)
    {
        int block = LabelColumns + columns + 4;
        string accuracy = $"accuracy {Format.Percent(sums.Correct / sums.Weight)}", best = Format.Percent(_best?.ValAcc ?? 0);
        yield return $"  loss {Format.Rate(sums.Loss / sums.Weight)}".PadRight(block) + (_best is null ? accuracy
            : Fitting(panel.Width - 1 - block, $"{accuracy}, best validation {best} in epoch {_best.Epoch}", $"{accuracy}, validation {best}", accuracy));
        string[] left = Labelled(_loss.Values, columns, value => value.ToString("0.000", System.Globalization.CultureInfo.InvariantCulture));
        string[] right = Labelled(_accuracy.Values, columns, Format.Percent);
        for (int row = 0; row < ChartRows; row++)
            yield return $"  {left[row]}  {right[row]}".TrimEnd('\u2800', ' ');
    }

    private static string[] Labelled(IReadOnlyList<double> values, int columns, Func<double, string> label)
    {
        string[] rows = BrailleChart.Draw(values, columns, ChartRows);
        for (int i = 0; i < ChartRows && values.Count > 0; i++)
            rows[i] = (i == 0 ? label(values.Max()) : i == ChartRows - 1 ? label(values.Min()) : "").PadLeft(LabelColumns - 1) + " " + rows[i];
        return rows;
    }

    /// <summary>The first that fits; the last one where none does.</summary>
    private static string Fitting(int columns, params ReadOnlySpan<string> variants)
    {
        foreach (string variant in variants)
        {
            if (variant.Length <= columns)
                return variant;
        }
        return variants[^1];
    }

    private static string Bar(double share, int columns)
    {
        int full = (int)Math.Round(Math.Clamp(share, 0, 1) * columns);
        return new string('━', full) + new string('─', columns - full);
    }
}
