using System.Globalization;
using Fovea.Cli.Json;
using Fovea.Cli.Text;

namespace Fovea.Cli.Benchmarks;

/// <summary>What <c>tune</c> prints for a network.</summary>
internal static class TuneText
{
    /// <summary>Every pass with its ways, the chosen one marked; then the step.</summary>
    public static void Write(TuneJson result, TextWriter writer)
    {
        Table table = new("layer", "what", "ways: ms alone", "rule", "chosen");
        foreach (TunePassJson pass in result.Passes)
        {
            string layers = pass.Layers.Length == 1 ? pass.Layers[0] : $"{pass.Layers[0]} and {pass.Layers.Length - 1} more";
            string ways = string.Join("  ", pass.Ways.OrderBy(way => way.Ms).Select(way => $"{way.Way} {Number(way.Ms)}"));
            table.Row(layers, pass.What[..pass.What.IndexOf(';', StringComparison.Ordinal)] + pass.What[pass.What.LastIndexOf(':')..], ways, pass.Rule,
                pass.Chosen == pass.Rule ? "" : pass.Chosen);
        }
        string what = $"{result.Model}, {(result.Mode == "train" ? "training" : "inference")}, batch {result.Batch}, {result.Precision}, {result.Threads} threads";
        writer.WriteLine(what);
        writer.WriteLine();
        table.Write(writer);
        writer.WriteLine();
        int entries = result.Passes.Count(pass => pass.Chosen != pass.Rule);
        writer.WriteLine(entries == 0
            ? "Nothing makes the whole step faster than the rules do: no entries."
            : $"A step: {Number(result.MsBefore ?? 0)} ms by the rules, {Number(result.MsAfter ?? 0)} ms with {Training.Format.Plural(entries, "entry", "entries")}"
                + $" ({((1 - (result.MsAfter / result.MsBefore)) ?? 0).ToString("P1", CultureInfo.InvariantCulture)} less).");
        writer.WriteLine();
    }

    private static string Number(double ms) => ms.ToString(ms < 10 ? "0.00" : "0.0", CultureInfo.InvariantCulture);
}
