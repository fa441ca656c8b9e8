using Fovea.Engine.Planning;

namespace Fovea.Engine.Tuning;

/// <summary>The tables that are worth a try in a whole plan, by what kernels take alone.</summary>
internal static class TuningCandidates
{
    /// <summary>A way for all layers is tried up to this much more time of the kernels: it may save copies between layouts.</summary>
    private const double Slack = 1.05;

    /// <summary>Tables, without repetition; the first is empty and stands for the rules.</summary>
    /// <param name="passes">What was measured.</param>
    /// <param name="leastGain">Share of the time that a way must save to be taken instead of another.</param>
    public static List<Dictionary<string, string>> Of(IReadOnlyList<TunedPass> passes, double leastGain)
    {
        List<Dictionary<string, string>> tables = [[], Table(passes, pass => Fastest(pass, pass.Rule, leastGain))];
        double rules = Sum(passes, pass => pass.Rule);
        foreach (string name in passes.SelectMany(pass => pass.Ways).Select(way => way.Name).Distinct())
        {
            string Everywhere(TunedPass pass) => Seconds(pass, name) is null ? pass.Rule : name;
            if (Sum(passes, Everywhere) > rules * Slack)
                continue;
            tables.Add(Table(passes, Everywhere));
            tables.Add(Table(passes, pass => Fastest(pass, Everywhere(pass), leastGain)));
        }
        List<Dictionary<string, string>> distinct = [];
        foreach (Dictionary<string, string> table in tables)
        {
            if (!distinct.Any(other => other.Count == table.Count && other.All(entry => table.GetValueOrDefault(entry.Key) == entry.Value)))
                distinct.Add(table);
        }
        return distinct;
    }

    /// <summary>The table without the entries whose layers, with their neighbours, take longer than by the rules.</summary>
    /// <param name="table">The table.</param>
    /// <param name="choices">The plan's choices.</param>
    /// <param name="graph">The network.</param>
    /// <param name="before">Seconds by layer by the rules.</param>
    /// <param name="after">Seconds by layer with the table.</param>
    public static Dictionary<string, string> WithoutLosses(
        IReadOnlyDictionary<string, string> table, IReadOnlyList<KernelChoice> choices, Graph graph, double[] before, double[] after)
    {
        // Copies are steps of the layer that asked for them: of a reader forward, of a producer backward.
        double Gain(int layer) => ((int[])[layer, .. graph.Layers[layer].Inputs, .. graph.Consumers[layer]]).Distinct().Sum(i => before[i] - after[i]);
        return table.Where(entry => choices.Where(choice => choice.Key == entry.Key).Sum(choice => Gain(choice.LayerIndex)) > 0)
            .ToDictionary(entry => entry.Key, entry => entry.Value);
    }

    private static Dictionary<string, string> Table(IReadOnlyList<TunedPass> passes, Func<TunedPass, string> choose) =>
        passes.Select(pass => (pass, Way: choose(pass))).Where(chosen => chosen.Way != chosen.pass.Rule).ToDictionary(chosen => chosen.pass.Key, chosen => chosen.Way);

    private static string Fastest(TunedPass pass, string otherwise, double leastGain)
    {
        TunedWay best = pass.Ways.MinBy(way => way.Seconds)!;
        return best.Seconds < Seconds(pass, otherwise) * (1 - leastGain) ? best.Name : otherwise;
    }

    private static double Sum(IReadOnlyList<TunedPass> passes, Func<TunedPass, string> choose) =>
        passes.Sum(pass => pass.Layers.Count * (Seconds(pass, choose(pass)) ?? 0));

    private static double? Seconds(TunedPass pass, string name) => pass.Ways.FirstOrDefault(way => way.Name == name)?.Seconds;
}
