using System.Globalization;
using System.Text;
using Fovea.Training;

namespace Fovea.Cli.Reports;

/// <summary>Draws a sweep of the learning rate as an SVG file of its own: the loss over the logarithm of the rate, the suggestion marked.</summary>
internal static class LearningRateSvg
{
    private const int Width = 640, Height = 360, Left = 60, Right = 20, Top = 36, Bottom = 48;
    private const string Style = "text{font:12px sans-serif;fill:#444}.title{font-size:15px;fill:#111}.grid{stroke:#ddd}.raw{fill:none;stroke:#9bc}"
        + ".smooth{fill:none;stroke:#06c;stroke-width:2}.mark{stroke:#c40;stroke-dasharray:4 3}";

    /// <summary>The file's text.</summary>
    public static string Draw(LearningRateCurve curve)
    {
        StringBuilder svg = new();
        svg.Append($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" width=\"{Width}\" height=\"{Height}\" role=\"img\">");
        svg.Append($"<style>{Style}</style><rect width=\"{Width}\" height=\"{Height}\" fill=\"#fff\"/>");
        svg.Append($"<text class=\"title\" x=\"{Left}\" y=\"20\">Loss over learning rate</text>");
        if (curve.Points.Count > 1)
            Plot(svg, curve);
        return svg.Append("</svg>\n").ToString();
    }

    private static void Plot(StringBuilder svg, LearningRateCurve curve)
    {
        double from = Math.Log10(curve.Points[0].Lr), to = Math.Log10(curve.Points[^1].Lr), first = curve.Points[0].Smoothed;
        double low = curve.Points.Min(p => p.Smoothed), high = Math.Max(first + (first - low), low + 1e-3);
        double X(double lr) => Left + ((Width - Left - Right) * (Math.Log10(lr) - from) / (to - from));
        // An exploded loss would press the rest flat: what is above the frame is drawn at its edge.
        double Y(double loss) => Height - Bottom - ((Height - Top - Bottom) * (Math.Clamp(loss, low, high) - low) / (high - low));
        for (int i = 0; i <= 4; i++)
        {
            double loss = low + ((high - low) * i / 4);
            svg.Append($"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{N(Y(loss))}\" y2=\"{N(Y(loss))}\"/>");
            svg.Append($"<text x=\"{Left - 8}\" y=\"{N(Y(loss) + 4)}\" text-anchor=\"end\">{loss.ToString("0.##", CultureInfo.InvariantCulture)}</text>");
        }
        for (double power = Math.Ceiling(from - 1e-9); power <= to + 1e-9; power++)
            svg.Append($"<text x=\"{N(X(Math.Pow(10, power)))}\" y=\"{Height - Bottom + 18}\" text-anchor=\"middle\">1e{power:0}</text>");
        svg.Append($"<text x=\"{Width - Right}\" y=\"{Height - 8}\" text-anchor=\"end\">learning rate</text>");
        Line(svg, "raw", curve.Points.Select(p => (X(p.Lr), Y(p.Loss))));
        Line(svg, "smooth", curve.Points.Select(p => (X(p.Lr), Y(p.Smoothed))));
        if (curve.Suggestion is { } suggestion && suggestion >= curve.Points[0].Lr)
        {
            string x = N(X(suggestion));
            svg.Append($"<line class=\"mark\" x1=\"{x}\" x2=\"{x}\" y1=\"{Top}\" y2=\"{Height - Bottom}\"/>");
            svg.Append($"<text x=\"{x}\" y=\"{Top - 4}\" text-anchor=\"middle\">{suggestion.ToString("0.0e0", CultureInfo.InvariantCulture)}</text>");
        }
    }

    private static void Line(StringBuilder svg, string style, IEnumerable<(double X, double Y)> points) =>
        svg.Append($"<polyline class=\"{style}\" points=\"{string.Join(' ', points.Select(p => $"{N(p.X)},{N(p.Y)}"))}\"/>");

    private static string N(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);
}
