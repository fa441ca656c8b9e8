using System.Globalization;
using System.Text;

namespace Fovea.Training;

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

    private const int Left = 58, Right = 16, Top = 54, Bottom = 40;
    private const double LetterWidth = 6.4;

    /// <summary>An x to mark with a vertical line and what to say of it, such as the best epoch.</summary>
    public (double X, string Text)? Mark { get; init; }

    /// <summary>Whether it names its lines; default true. Otherwise whoever shows it does.</summary>
    public bool HasLegend { get; init; } = true;

    /// <summary>Whether equal distances across are equal factors; default false: whole numbers.</summary>
    public bool IsLogAcross { get; init; }

    /// <summary>The chart as an SVG file of its own.</summary>
    public string File(IReadOnlyList<Curve> curves) => ChartStyle.File(Width, Height, Draw(curves, $"width=\"{Width}\" height=\"{Height}\""));

    /// <summary>Four charts as an SVG file of their own, two by two.</summary>
    /// <param name="draw">Draws the charts with the attributes that place each.</param>
    /// <param name="above">What stands above them.</param>
    /// <param name="aboveHeight">Its height.</param>
    public static string File(Func<Func<int, string>, IEnumerable<string>> draw, string above = "", int aboveHeight = 0)
    {
        const int Gap = 12;
        string Place(int i) => $"x=\"{Gap + i % 2 * (Width + Gap)}\" y=\"{aboveHeight + Gap + i / 2 * (Height + Gap)}\" width=\"{Width}\" height=\"{Height}\"";
        return ChartStyle.File(2 * Width + 3 * Gap, aboveHeight + 2 * Height + 3 * Gap, above + string.Concat(draw(Place)));
    }

    /// <summary>The chart as an svg element.</summary>
    /// <param name="curves">Its lines; those that come later stand in front.</param>
    /// <param name="place">Attributes that place it inside another svg element.</param>
    public string Draw(IReadOnlyList<Curve> curves, string place = "")
    {
        IEnumerable<double> positions = curves.SelectMany(c => c.Points).Select(p => p.X);
        ChartAxis x = IsLogAcross ? ChartAxis.Decades(positions) : ChartAxis.Linear(positions, whole: true, tight: true, most: 8);
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
            svg.Append((curve with { Points = [.. curve.Points.Select(p => (X(p.X), Y(p.Y)))] }).Draw());
        Legend(svg, curves);
        return svg.Append("</svg>").ToString();
    }

    // To the right of the title, or below it where the names are too long for that.
    private void Legend(StringBuilder svg, IReadOnlyList<Curve> curves)
    {
        if (!HasLegend || curves.Count < 2)
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
