using System.Globalization;
using System.Text;

namespace Fovea.Cli.Reports;

/// <summary>A line of a chart.</summary>
/// <param name="Name">For the legend.</param>
/// <param name="Colour">The name of the CSS class that colours it.</param>
/// <param name="Values">A value for each epoch, from the first.</param>
internal sealed record Curve(string Name, string Colour, IReadOnlyList<double> Values);

/// <summary>Draws values over epochs as inline SVG; colours come from the page's style, so that it follows dark and light.</summary>
internal static class CurveSvg
{
    private const int Width = 440, Height = 240, Left = 52, Right = 12, Top = 34, Bottom = 36;

    /// <summary>The chart.</summary>
    public static string Draw(string title, IReadOnlyList<Curve> curves)
    {
        (double low, double high, double step) = Axis([.. curves.SelectMany(c => c.Values).Where(double.IsFinite)]);
        int epochs = curves.Max(c => c.Values.Count);
        double X(int epoch) => epochs == 1 ? (Left + Width - Right) / 2.0 : Left + (Width - Left - Right) * (epoch - 1) / (epochs - 1.0);
        double Y(double value) => Height - Bottom - (Height - Top - Bottom) * (value - low) / (high - low);
        StringBuilder svg = new();
        svg.Append($"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{Html.Text(title)}\"><text class=\"title\" x=\"{Left}\" "
            + $"y=\"16\">{Html.Text(title)}</text>");
        for (double tick = low; tick <= high + step / 2; tick += step)
        {
            svg.Append($"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{N(Y(tick))}\" y2=\"{N(Y(tick))}\"/>");
            svg.Append($"<text class=\"tick\" x=\"{Left - 8}\" y=\"{N(Y(tick) + 4)}\" "
                + $"text-anchor=\"end\">{tick.ToString("0.####", CultureInfo.InvariantCulture)}</text>");
        }
        int every = (epochs + 9) / 10;
        for (int epoch = 1; epoch <= epochs; epoch += every)
            svg.Append($"<text class=\"tick\" x=\"{N(X(epoch))}\" y=\"{Height - Bottom + 16}\" text-anchor=\"middle\">{epoch}</text>");
        svg.Append($"<text class=\"tick\" x=\"{Width - Right}\" y=\"{Height - 4}\" text-anchor=\"end\">epoch</text>");
        double legend = Width - Right;
        foreach (Curve curve in curves.Reverse())
        {
            IEnumerable<(double X, double Y)> points = curve.Values.Select((v, i) => (X(i + 1), v)).Where(p => double.IsFinite(p.v))
                .Select(p => (p.Item1, Y(p.v)));
            svg.Append($"<polyline class=\"curve {curve.Colour}\" points=\"{string.Join(' ', points.Select(p => $"{N(p.X)},{N(p.Y)}"))}\"/>");
            foreach ((double x, double y) in points)
                svg.Append($"<circle class=\"dot {curve.Colour}\" cx=\"{N(x)}\" cy=\"{N(y)}\" r=\"2.5\"/>");
            svg.Append($"<text class=\"key {curve.Colour}\" x=\"{N(legend)}\" y=\"16\" text-anchor=\"end\">{Html.Text(curve.Name)}</text>");
            legend -= 8 * curve.Name.Length + 16;
        }
        return svg.Append("</svg>").ToString();
    }

    /// <summary>An axis over the values whose ticks are 1, 2 or 5 times a power of ten apart.</summary>
    private static (double Low, double High, double Step) Axis(double[] values)
    {
        if (values.Length == 0)
            return (0, 1, 0.25);
        double low = values.Min(), span = Math.Max(values.Max() - low, 1e-3), raw = span / 4, power = Math.Pow(10, Math.Floor(Math.Log10(raw)));
        double step = power * (raw / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 };
        return (Math.Floor(low / step) * step, Math.Ceiling((low + span) / step) * step, step);
    }

    private static string N(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);
}
