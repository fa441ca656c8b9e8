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

    /// <summary>Lines that can be told apart.</summary>
    public static int SeriesCount => Series.Length;

    /// <summary>The name of the class of line <paramref name="index"/>.</summary>
    public static string SeriesClass(int index) => $"s{index % Series.Length}";

    /// <summary>The rules of every chart, each below <paramref name="scope"/> (such as "svg.chart ").</summary>
    public static string Css(string scope)
    {
        StringBuilder light = new(), dark = new();
        light.Append($"{scope}text {{ fill: #6a7079; font: 12px system-ui, -apple-system, 'Segoe UI', sans-serif; font-variant-numeric: tabular-nums; }} ");
        light.Append($"{scope}.title {{ fill: #23262b; font-size: 14px; font-weight: 600; }} {scope}.name {{ fill: #43474e; }} ");
        light.Append($"{scope}.grid {{ stroke: #e6e7e4; }} {scope}.axis {{ stroke: #b9bcbf; }} {scope}.mark {{ stroke: #9a9fa6; stroke-dasharray: 3 4; }} ");
        light.Append($"{scope}.ground {{ fill: #ffffff; }} {scope}.frame {{ fill: none; stroke: #e3e4e1; }} {scope}.blank {{ fill: #f4f4f2; }} ");
        light.Append($"{scope}.in {{ fill: #23262b; font-size: 11px; }} {scope}.on {{ fill: #ffffff; font-size: 11px; }} ");
        light.Append($"{scope}.line {{ fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }} ");
        light.Append($"{scope}.faint {{ stroke-width: 1; opacity: 0.45; }} {scope}.ring {{ fill: none; stroke-width: 2; }} ");
        dark.Append($"{scope}text {{ fill: #9aa0a8; }} {scope}.title {{ fill: #e8e9eb; }} {scope}.name {{ fill: #c3c7cc; }} ");
        dark.Append($"{scope}.grid {{ stroke: #2e3237; }} {scope}.axis {{ stroke: #565c64; }} {scope}.mark {{ stroke: #757c86; }} ");
        dark.Append($"{scope}.ground {{ fill: #1f2226; }} {scope}.frame {{ stroke: #33373d; }} {scope}.blank {{ fill: #272b30; }} ");
        dark.Append($"{scope}.in {{ fill: #e8e9eb; }} {scope}.on {{ fill: #14171a; }} ");
        foreach ((int i, (string Light, string Dark) colour) in Series.Index())
        {
            string name = SeriesClass(i);
            light.Append($"{scope}.line.{name}, {scope}.ring.{name} {{ stroke: {colour.Light}; }} {scope}.fill.{name} {{ fill: {colour.Light}; }} ");
            dark.Append($"{scope}.line.{name}, {scope}.ring.{name} {{ stroke: {colour.Dark}; }} {scope}.fill.{name} {{ fill: {colour.Dark}; }} ");
        }
        return $"{light}@media (prefers-color-scheme: dark) {{ {dark}}}";
    }
}
