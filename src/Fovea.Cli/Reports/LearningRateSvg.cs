using Fovea.Training;

namespace Fovea.Cli.Reports;

/// <summary>Draws a sweep of the learning rate as an SVG file of its own: the loss over the logarithm of the rate, the suggestion marked.</summary>
internal static class LearningRateSvg
{
    /// <summary>The file's text.</summary>
    /// <param name="curve">The sweep.</param>
    /// <param name="suggestion">The suggested rate as text.</param>
    public static string Draw(LearningRateCurve curve, string? suggestion)
    {
        double first = curve.Points.Count > 0 ? curve.Points[0].Smoothed : 1, low = curve.Points.Select(p => p.Smoothed).DefaultIfEmpty(0).Min();
        // An exploded loss would press the rest flat: the line leaves at the frame's edge.
        double high = ChartAxis.Linear([low, Math.Max(first + (first - low), low + 1e-3)]).High;
        (double, double) Point(double lr, double loss) => (lr, double.IsNaN(loss) ? loss : Math.Clamp(loss, low, high));
        LineChart chart = new("Loss over learning rate", "learning rate")
        {
            IsLogAcross = true,
            Mark = curve.Suggestion is { } rate && curve.Points.Count > 0 && rate >= curve.Points[0].Lr ? (rate, $"--lr {suggestion}") : null,
        };
        return chart.File(
        [
            new Curve("each step", 5, [.. curve.Points.Select(p => Point(p.Lr, p.Loss))]) { Faint = true },
            new Curve("smoothed", 0, [.. curve.Points.Select(p => Point(p.Lr, p.Smoothed))]) { Plain = true },
        ]);
    }
}
