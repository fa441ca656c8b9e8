using System.Globalization;
using System.Text;

namespace Fovea.Training;

/// <summary>A line of a chart.</summary>
/// <param name="Name">For the legend.</param>
/// <param name="Series">Which colour: 0 training, 1 validation, or a run's number.</param>
/// <param name="Points">Its points from left to right; where a value is no number, the line has a gap.</param>
internal sealed record Curve(string Name, int Series, IReadOnlyList<(double X, double Y)> Points)
{
    private const int MostDots = 30;

    /// <summary>Whether it stands behind the others, thin.</summary>
    public bool Faint { get; init; }

    /// <summary>Whether its points are not marked, however few they are.</summary>
    public bool Plain { get; init; }

    /// <summary>A value for each epoch, from the first.</summary>
    public static Curve OfEpochs(string name, int series, IEnumerable<double> values) => new(name, series, [.. values.Select((v, i) => (i + 1.0, v))]);

    /// <summary>The line as svg elements, its points taken for places of the drawing.</summary>
    public string Draw()
    {
        string series = ChartStyle.SeriesClass(Series);
        StringBuilder svg = new($"<path class=\"line {series}{(Faint ? " faint" : "")}{(Series >= ChartStyle.SeriesCount ? " dashed" : "")}\" d=\"");
        bool down = false;
        foreach ((double x, double y) in Points)
        {
            if (double.IsFinite(y))
                svg.Append($"{(down ? 'L' : 'M')}{N(x)} {N(y)}");
            down = double.IsFinite(y);
        }
        svg.Append("\"/>");
        if (Faint || Plain || Points.Count > MostDots)
            return svg.ToString();
        foreach ((double x, double y) in Points.Where(p => double.IsFinite(p.Y)))
            svg.Append($"<circle class=\"fill {series}\" cx=\"{N(x)}\" cy=\"{N(y)}\" r=\"2.8\"/>");
        return svg.ToString();
    }

    private static string N(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);
}
