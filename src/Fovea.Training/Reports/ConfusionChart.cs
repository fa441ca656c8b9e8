using System.Globalization;
using System.Text;

namespace Fovea.Training;

/// <summary>
/// Draws a confusion matrix: right answers in one colour, wrong ones in another, the stronger the larger their share of the row; recall beside the rows, precision below the columns.
/// </summary>
internal sealed class ConfusionChart
{
    /// <summary>With more classes than this, only those with the most mistakes are drawn.</summary>
    public const int MostClasses = 100;

    // Beyond so many classes the cells are too small for numbers; they have them as tips.
    private const int MostNumbers = 30, MostLetters = 24, LetterWidth = 7, LeastWidth = 560, Margin = 14;

    private readonly IReadOnlyList<string> _classes;
    private readonly int[][] _confusion;
    private readonly int[] _shown;
    private readonly int _cell, _left, _top, _width, _height;
    private readonly double _gap;
    private readonly StringBuilder _svg = new();

    private ConfusionChart(IReadOnlyList<string> classes, int[][] confusion)
    {
        (_classes, _confusion) = (classes, confusion);
        _shown = [.. Enumerable.Range(0, classes.Count)];
        if (classes.Count > MostClasses)
        {
            int[] answers = [.. _shown.Select(c => confusion.Sum(row => row[c]))];
            // A class counts that is not found, and one that is found where it is not: a row whose answers all lie elsewhere would be blank.
            _shown = [.. _shown.OrderByDescending(c => confusion[c].Sum() + answers[c] - 2 * confusion[c][c]).Take(MostClasses).Order()];
        }
        _cell = _shown.Length switch { <= 12 => 56, <= MostNumbers => 34, _ => 15 };
        _gap = _cell > 20 ? 2 : 1;
        int label = 16 + LetterWidth * Math.Max(HasNumbers ? 9 : 0, _shown.Max(c => Short(classes[c]).Sum(Columns)));
        (_left, _top) = (label + Margin, 64 + (int)(0.75 * label));
        int side = _cell * _shown.Length, more = HasNumbers ? _cell + 8 : 0;
        (_width, _height) = (Math.Max(_left + side + more + 24 + label / 2, LeastWidth), _top + side + more + 20);
    }

    private bool HasNumbers => _shown.Length <= MostNumbers;

    /// <summary>The matrix as an svg element.</summary>
    /// <param name="classes">Class names.</param>
    /// <param name="confusion">Images by their class (row) and the network's answer (column).</param>
    /// <param name="standalone">Whether it is a file of its own: style and background are then in it.</param>
    public static string Draw(IReadOnlyList<string> classes, int[][] confusion, bool standalone = false) => new ConfusionChart(classes, confusion).Draw(standalone);

    private string Draw(bool standalone)
    {
        // On a page it may shrink a little, and is scrolled beyond that: its writing is to be read.
        string size = standalone ? $"xmlns=\"http://www.w3.org/2000/svg\" width=\"{_width}\" height=\"{_height}\""
            : $"style=\"max-width: {_width}px; min-width: {_width * 4 / 5}px\"";
        _svg.Append($"<svg class=\"chart\" {size} viewBox=\"0 0 {_width} {_height}\" role=\"img\" aria-label=\"Confusion matrix\">");
        if (standalone)
            _svg.Append($"<style>{ChartStyle.Css("")}</style><rect class=\"ground\" width=\"{_width}\" height=\"{_height}\"/>");
        string part = _shown.Length < _classes.Count ? $" (the {_shown.Length} of {_classes.Count} classes with the most mistakes)" : "";
        _svg.Append($"<text class=\"title\" x=\"{Margin}\" y=\"22\">Confusion matrix{part}</text>");
        _svg.Append($"<text x=\"{Margin}\" y=\"41\">Row: what the image is. Column: what the network says. Shade: share of the row.</text>");
        for (int i = 0; i < _shown.Length; i++)
        {
            RowName(i, Named(_classes[_shown[i]]), "name");
            ColumnName(i, Named(_classes[_shown[i]]), "name");
            int support = _confusion[_shown[i]].Sum();
            for (int j = 0; j < _shown.Length; j++)
                Cell(i, j, support);
        }
        if (HasNumbers)
            Rates();
        return _svg.Append("</svg>").ToString();
    }

    private void Cell(int i, int j, int support)
    {
        int n = _confusion[_shown[i]][_shown[j]];
        double x = _left + j * _cell, y = _top + i * _cell, share = n / (double)Math.Max(1, support);
        // The square root lifts the few mistakes of a good network out of the ground.
        double shade = n == 0 ? 0 : 0.08 + 0.92 * (i == j ? share : Math.Sqrt(share));
        string box = $"x=\"{N(x)}\" y=\"{N(y)}\" width=\"{N(_cell - _gap)}\" height=\"{N(_cell - _gap)}\" rx=\"{(_cell > 20 ? 4 : 1)}\"";
        _svg.Append($"<rect class=\"blank\" {box}/>");
        if (n == 0)
            return;
        string tip = $"{_classes[_shown[i]]}, called {_classes[_shown[j]]}: {n} of {support}";
        int series = i == j ? 0 : 1;
        _svg.Append($"<rect class=\"fill {ChartStyle.SeriesClass(series)}\" {box} fill-opacity=\"{shade.ToString("0.##", CultureInfo.InvariantCulture)}\"><title>{Html.Text(tip)}</title></rect>");
        if (HasNumbers)
            Number(x, y, ChartStyle.InkClass(series, shade), Short(n));
    }

    /// <summary>Counts alone deceive where classes have different numbers of images.</summary>
    private void Rates()
    {
        int n = _shown.Length;
        ColumnName(n, "recall", "", 8);
        RowName(n, "precision", "", 8);
        for (int i = 0; i < n; i++)
        {
            int right = _confusion[i][i], images = _confusion[i].Sum(), answers = _confusion.Sum(row => row[i]);
            Number(_left + n * _cell + 8, _top + i * _cell, "name", Percent(right, images));
            Number(_left + i * _cell, _top + n * _cell + 8, "name", Percent(right, answers));
        }
    }

    private void RowName(int i, string name, string style, int apart = 0) =>
        _svg.Append($"<text class=\"{style}\" x=\"{_left - 8}\" y=\"{N(_top + (i + 0.5) * _cell + 4 + apart)}\" text-anchor=\"end\">{name}</text>");

    private void ColumnName(int i, string name, string style, int apart = 0) =>
        _svg.Append($"<text class=\"{style}\" transform=\"translate({N(_left + (i + 0.5) * _cell + 3 + apart)} {_top - 8}) rotate(-48)\">{name}</text>");

    private void Number(double x, double y, string style, string text) => _svg.Append(
        $"<text class=\"{style}\" x=\"{N(x + (_cell - _gap) / 2)}\" y=\"{N(y + _cell / 2.0 + 3)}\" text-anchor=\"middle\" pointer-events=\"none\">{text}</text>");

    private static string Named(string name) => name == Short(name) ? Html.Text(name) : $"{Html.Text(Short(name))}<title>{Html.Text(name)}</title>";

    private static string Short(string name) => name.Length > MostLetters ? name[..(MostLetters - 1)] + "…" : name;

    // From Hangul and the CJK scripts on, letters are about twice as wide.
    private static int Columns(char letter) => letter is >= '\u1100' and not '…' ? 2 : 1;

    private static string Short(int n) => n < 10_000 ? $"{n}" : Format.Short(n).Replace(" ", "", StringComparison.Ordinal);

    private static string Percent(int part, int whole) => whole == 0 ? "-" : string.Create(CultureInfo.InvariantCulture, $"{100.0 * part / whole:0} %");

    private static string N(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);
}
