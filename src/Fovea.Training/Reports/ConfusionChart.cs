using System.Globalization;
using System.Text;

namespace Fovea.Training;

/// <summary>Draws a confusion matrix: right answers in one colour, wrong ones in another, the stronger the larger their share of the row.</summary>
internal static class ConfusionChart
{
    /// <summary>With more classes than this, only those with the most mistakes are drawn.</summary>
    public const int MostClasses = 60;

    private const int MostNumbers = 30, LetterWidth = 7;

    /// <summary>The matrix as an svg element.</summary>
    /// <param name="classes">Class names.</param>
    /// <param name="confusion">Images by their class (row) and the network's answer (column).</param>
    /// <param name="standalone">Whether it is a file of its own: style and background are then in it.</param>
    public static string Draw(IReadOnlyList<string> classes, int[][] confusion, bool standalone = false)
    {
        int[] shown = [.. Enumerable.Range(0, classes.Count)];
        if (classes.Count > MostClasses)
            shown = [.. shown.OrderByDescending(c => confusion[c].Sum() - confusion[c][c]).Take(MostClasses).Order()];
        string[] names = [.. shown.Select(c => classes[c].Length > 20 ? classes[c][..19] + "…" : classes[c])];
        int cell = shown.Length switch { <= 12 => 56, <= MostNumbers => 34, _ => 15 };
        int label = 16 + LetterWidth * names.Max(n => n.Length), left = label + 14, top = 64 + (int)(0.75 * label), side = cell * shown.Length;
        int width = left + side + 24 + label / 2, height = top + side + 20;
        StringBuilder svg = new();
        string size = standalone ? $"xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\"" : $"style=\"max-width: {width}px\"";
        svg.Append($"<svg class=\"chart\" {size} viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"Confusion matrix\">");
        if (standalone)
            svg.Append($"<style>{ChartStyle.Css("")}</style><rect class=\"ground\" width=\"{width}\" height=\"{height}\"/>");
        string part = shown.Length < classes.Count ? $" (the {shown.Length} of {classes.Count} classes with the most mistakes)" : "";
        svg.Append($"<text class=\"title\" x=\"14\" y=\"22\">Confusion matrix{part}</text>");
        svg.Append("<text x=\"14\" y=\"41\">Row: what the image is. Column: what the network says.</text>");
        double gap = cell > 20 ? 2 : 1;
        for (int i = 0; i < shown.Length; i++)
        {
            double middle = top + (i + 0.5) * cell + 4, column = left + (i + 0.5) * cell;
            svg.Append($"<text class=\"name\" x=\"{left - 8}\" y=\"{N(middle)}\" text-anchor=\"end\">{Html.Text(names[i])}</text>");
            svg.Append($"<text class=\"name\" transform=\"translate({N(column + 3)} {top - 8}) rotate(-48)\">{Html.Text(names[i])}</text>");
            int support = confusion[shown[i]].Sum();
            for (int j = 0; j < shown.Length; j++)
            {
                int n = confusion[shown[i]][shown[j]];
                double x = left + j * cell, y = top + i * cell, share = n / (double)Math.Max(1, support);
                // The square root lifts the few mistakes of a good network out of the ground.
                double shade = n == 0 ? 0 : 0.08 + 0.92 * (i == j ? share : Math.Sqrt(share));
                string box = $"x=\"{N(x)}\" y=\"{N(y)}\" width=\"{N(cell - gap)}\" height=\"{N(cell - gap)}\" rx=\"{(cell > 20 ? 4 : 1)}\"";
                svg.Append($"<rect class=\"blank\" {box}/>");
                if (n == 0)
                    continue;
                string tip = $"{classes[shown[i]]}, called {classes[shown[j]]}: {n} of {support}";
                svg.Append($"<rect class=\"fill {ChartStyle.SeriesClass(i == j ? 0 : 1)}\" {box} fill-opacity=\"{shade.ToString("0.##", CultureInfo.InvariantCulture)}\"><title>{Html.Text(tip)}</title></rect>");
                if (shown.Length <= MostNumbers)
                {
                    svg.Append($"<text class=\"{(shade > 0.55 ? "on" : "in")}\" x=\"{N(x + (cell - gap) / 2)}\" y=\"{N(y + cell / 2.0 + 3)}\" "
                        + $"text-anchor=\"middle\" pointer-events=\"none\">{Short(n)}</text>");
                }
            }
        }
        return svg.Append("</svg>").ToString();
    }

    private static string Short(int n) => n < 10_000 ? $"{n}" : Format.Short(n).Replace(" ", "", StringComparison.Ordinal);

    private static string N(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);
}
