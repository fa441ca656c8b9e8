using System.Text;

namespace Fovea.Training;

/// <summary>
/// The colours of charts and pages, light and dark. Charts get them as plain rules rather than variables: results.svg is also opened by programs
/// that know no variables, and those show the light ones.
/// </summary>
internal static class ChartStyle
{
    // Apart from each other for colour-blind readers too, in light and in dark; the first two carry training and validation.
    private static readonly (string Light, string Dark)[] Series =
    [
        ("#2f6fb0", "#7ab3e8"), ("#c8641b", "#eda35f"), ("#2f7d4f", "#71c492"), ("#8a4fb0", "#c39be0"), ("#b3403a", "#e88a82"), ("#5f6b7a", "#a9b4c2"),
        ("#9a7b0a", "#d9bd52"), ("#0f7f86", "#5cc5cc"),
    ];

    // Of a confusion matrix: its empty cells, and the two colours for numbers, of which the one that stands out more is taken.
    private static readonly (string Light, string Dark) Blank = ("#f4f4f2", "#272b30"), Ink = ("#14171a", "#e8e9eb"), Inverse = ("#ffffff", "#14171a");

    /// <summary>Lines that can be told apart by colour; the next as many are dashed.</summary>
    public static int SeriesCount => Series.Length;

    /// <summary>The name of the class of line <paramref name="index"/>.</summary>
    public static string SeriesClass(int index) => $"s{index % Series.Length}";

    /// <summary>A drawing as an SVG file of its own, with style and ground.</summary>
    public static string File(int width, int height, string drawing) =>
        $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\"><style>{Css("")}</style>"
        + $"<rect class=\"ground\" width=\"{width}\" height=\"{height}\"/>{drawing}</svg>\n";

    /// <summary>The classes of a number on a cell whose colour covers the ground by <paramref name="opacity"/>: it can be read in light and in dark.</summary>
    public static string InkClass(int series, double opacity)
    {
        (string light, string dark) = Series[series % Series.Length];
        return "in" + (IsInverse(Blank.Light, light, opacity, Ink.Light, Inverse.Light) ? " l" : "") + (IsInverse(Blank.Dark, dark, opacity, Ink.Dark, Inverse.Dark) ? " d" : "");
    }

    /// <summary>The rules of every chart, each below <paramref name="scope"/> (such as "svg.chart ").</summary>
    public static string Css(string scope)
    {
        StringBuilder light = new(), dark = new();
        light.Append($"{scope}text {{ fill: #6a7079; font: 12px system-ui, -apple-system, 'Segoe UI', sans-serif; font-variant-numeric: tabular-nums; }} ");
        light.Append($"{scope}.title {{ fill: #23262b; font-size: 14px; font-weight: 600; }} {scope}.name {{ fill: #43474e; }} ");
        light.Append($"{scope}.grid {{ stroke: #e6e7e4; }} {scope}.axis {{ stroke: #b9bcbf; }} {scope}.mark {{ stroke: #9a9fa6; stroke-dasharray: 3 4; }} ");
        light.Append($"{scope}.ground {{ fill: #ffffff; }} {scope}.frame {{ fill: none; stroke: #e3e4e1; }} {scope}.blank {{ fill: {Blank.Light}; }} ");
        light.Append($"{scope}.in {{ fill: {Ink.Light}; font-size: 11px; }} {scope}.in.l {{ fill: {Inverse.Light}; }} ");
        light.Append($"{scope}.line {{ fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }} ");
        light.Append($"{scope}.dashed {{ stroke-dasharray: 7 5; }} {scope}.faint {{ stroke-width: 1; opacity: 0.45; }} {scope}.ring {{ fill: none; stroke-width: 2; }} ");
        dark.Append($"{scope}text {{ fill: #9aa0a8; }} {scope}.title {{ fill: #e8e9eb; }} {scope}.name {{ fill: #c3c7cc; }} ");
        dark.Append($"{scope}.grid {{ stroke: #2e3237; }} {scope}.axis {{ stroke: #565c64; }} {scope}.mark {{ stroke: #757c86; }} ");
        dark.Append($"{scope}.ground {{ fill: #1f2226; }} {scope}.frame {{ stroke: #33373d; }} {scope}.blank {{ fill: {Blank.Dark}; }} ");
        dark.Append($"{scope}.in, {scope}.in.l {{ fill: {Ink.Dark}; }} {scope}.in.d {{ fill: {Inverse.Dark}; }} ");
        foreach ((int i, (string Light, string Dark) colour) in Series.Index())
        {
            string name = SeriesClass(i);
            light.Append($"{scope}.line.{name}, {scope}.ring.{name} {{ stroke: {colour.Light}; }} {scope}.fill.{name} {{ fill: {colour.Light}; }} ");
            dark.Append($"{scope}.line.{name}, {scope}.ring.{name} {{ stroke: {colour.Dark}; }} {scope}.fill.{name} {{ fill: {colour.Dark}; }} ");
        }
        return $"{light}@media (prefers-color-scheme: dark) {{ {dark}}}";
    }

    private static bool IsInverse(string ground, string colour, double opacity, string ink, string inverse)
    {
        double cell = Luminance((from, i) => from[i] + opacity * (Channels(colour)[i] - from[i]), ground);
        return Contrast(cell, Luminance((c, i) => c[i], inverse)) > Contrast(cell, Luminance((c, i) => c[i], ink));
    }

    // Relative luminance and contrast as WCAG 2 defines them; browsers mix colours in sRGB.
    private static double Luminance(Func<double[], int, double> channel, string colour)
    {
        double[] channels = Channels(colour);
        double Linear(int i) => channel(channels, i) is var c && c <= 0.04045 ? c / 12.92 : Math.Pow((channel(channels, i) + 0.055) / 1.055, 2.4);
        return 0.2126 * Linear(0) + 0.7152 * Linear(1) + 0.0722 * Linear(2);
    }

    private static double Contrast(double a, double b) => (Math.Max(a, b) + 0.05) / (Math.Min(a, b) + 0.05);

    private static double[] Channels(string colour) => [.. Enumerable.Range(0, 3).Select(i => Convert.ToInt32(colour.Substring(1 + 2 * i, 2), 16) / 255.0)];
}
