using System.Globalization;
using System.Text;

namespace Fovea.Training;

/// <summary>A line of a chart.</summary>
/// <param name="Name">For the legend.</param>
/// <param name="Series">Which colour: 0 training, 1 validation, or a run's number.</param>
/// <param name="Points">Its points from left to right; where a value is no number, the line has a gap.</param>
internal sealed record Curve(string Name, int Series, IReadOnlyList<(double X, double Y)> Points)
{
    /// <summary>Whether it stands behind the others, thin.</summary>
    public bool Faint { get; init; }

    /// <summary>A value for each epoch, from the first.</summary>
    public static Curve OfEpochs(string name, int series, IEnumerable<double> values) => new(name, series, [.. values.Select((v, i) => (i + 1.0, v))]);
}

/// <summary>What the vertical axis shows.</summary>
internal enum ChartScale
{
    /// <summary>Numbers as they are.</summary>
    Numbers,

    /// <summary>Shares of 0 to 1, as percentages.</summary>
    Percent,

    /// <summary>Learning rates: by powers of ten where they span some.</summary>
    Rates,
}

/// <summary>Draws lines as SVG; see <see cref="ChartStyle"/> for the colours.</summary>
/// <param name="title">Its heading.</param>
/// <param name="across">What the horizontal axis shows: "epoch".</param>
/// <param name="scale">What the vertical axis shows.</param>
internal sealed class LineChart(string title, string across, ChartScale scale = ChartScale.Numbers)
{
    /// <summary>Size in user units.</summary>
    public const int Width = 480, Height = 290;

    private const int Left = 58, Right = 16, Top = 54, Bottom = 40, MostDots = 30;
    private const double LetterWidth = 6.4;

    /// <summary>An x to mark with a vertical line and what to say of it, such as the best epoch.</summary>
    public (double X, string Text)? Mark { get; init; }

    /// <summary>The chart as an svg element.</summary>
    /// <param name="curves">Its lines; those that come later stand in front.</param>
    /// <param name="place">Attributes that place it inside another svg element.</param>
    public string Draw(IReadOnlyList<Curve> curves, string place = "")
    {
        ChartAxis x = ChartAxis.Linear(curves.SelectMany(c => c.Points).Select(p => p.X), whole: true, tight: true, most: 8);
        IEnumerable<double> values = curves.SelectMany(c => c.Points).Select(p => p.Y);
        ChartAxis y = scale == ChartScale.Rates ? ChartAxis.Rates(values) : ChartAxis.Linear(values);
        double X(double value) => Left + (Width - Left - Right) * x.Place(value);
        double Y(double value) => Height - Bottom - (Height - Top - Bottom) * y.Place(value);
        StringBuilder svg = new();
        svg.Append($"<svg class=\"chart\" {place} viewBox=\"0 0 {Width} {Height}\" role=\"img\" "
            + $"aria-label=\"{Html.Text(title)}\"><text class=\"title\" x=\"14\" y=\"22\">{Html.Text(title)}</text>");
        foreach (double tick in y.Ticks)
        {
            svg.Append($"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{N(Y(tick))}\" y2=\"{N(Y(tick))}\"/>");
            svg.Append($"<text x=\"{Left - 8}\" y=\"{N(Y(tick) + 4)}\" text-anchor=\"end\">{y.Label(tick, scale == ChartScale.Percent)}</text>");
        }
        svg.Append($"<line class=\"axis\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Height - Bottom}\" y2=\"{Height - Bottom}\"/>");
        foreach (double tick in x.Ticks)
            svg.Append($"<text x=\"{N(X(tick))}\" y=\"{Height - Bottom + 17}\" text-anchor=\"middle\">{x.Label(tick)}</text>");
        svg.Append($"<text x=\"{Width - Right}\" y=\"{Height - 7}\" text-anchor=\"end\">{Html.Text(across)}</text>");
        if (Mark is { } mark)
        {
            bool leftHalf = x.Place(mark.X) < 0.5;
            svg.Append($"<line class=\"mark\" x1=\"{N(X(mark.X))}\" x2=\"{N(X(mark.X))}\" y1=\"{Top - 4}\" y2=\"{Height - Bottom}\"/>");
            svg.Append($"<text x=\"{N(X(mark.X) + (leftHalf ? 5 : -5))}\" y=\"{Height - Bottom - 6}\" "
                + $"text-anchor=\"{(leftHalf ? "start" : "end")}\">{Html.Text(mark.Text)}</text>");
        }
        foreach (Curve curve in curves)
            Line(svg, curve, X, Y);
        Legend(svg, curves);
        return svg.Append("</svg>").ToString();
    }

    private static void Line(StringBuilder svg, Curve curve, Func<double, double> x, Func<double, double> y)
    {
        string series = ChartStyle.SeriesClass(curve.Series);
        StringBuilder path = new();
        bool down = false;
        foreach ((double px, double py) in curve.Points)
        {
            if (double.IsFinite(py))
                path.Append($"{(down ? 'L' : 'M')}{N(x(px))} {N(y(py))}");
            down = double.IsFinite(py);
        }
        svg.Append($"<path class=\"line {series}{(curve.Faint ? " faint" : "")}\" d=\"{path}\"/>");
        if (curve.Faint || curve.Points.Count > MostDots)
            return;
        foreach ((double px, double py) in curve.Points.Where(p => double.IsFinite(p.Y)))
            svg.Append($"<circle class=\"fill {series}\" cx=\"{N(x(px))}\" cy=\"{N(y(py))}\" r=\"2.8\"/>");
    }

    // To the right of the title, or below it where the names are too long for that.
    private void Legend(StringBuilder svg, IReadOnlyList<Curve> curves)
    {
        if (curves.Count < 2)
            return;
        string[] names = [.. curves.Select(c => c.Name.Length > 24 ? c.Name[..23] + "…" : c.Name)];
        double width = names.Sum(n => 26 + LetterWidth * n.Length), titleEnd = 24 + 8.2 * title.Length;
        (double x, int y) = width < Width - Right - titleEnd ? (Width - Right - width + 8, 22) : (14.0, 41);
        foreach ((int i, string name) in names.Index())
        {
            if (x + 18 + LetterWidth * name.Length > Width)
                break;
            svg.Append($"<rect class=\"fill {ChartStyle.SeriesClass(curves[i].Series)}\" x=\"{N(x)}\" y=\"{y - 6}\" width=\"12\" height=\"3\" rx=\"1.5\"/>");
            svg.Append($"<text class=\"name\" x=\"{N(x + 17)}\" y=\"{y}\">{Html.Text(name)}</text>");
            x += 26 + LetterWidth * name.Length;
        }
    }

    private static string N(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);
}
