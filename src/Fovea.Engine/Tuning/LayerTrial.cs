using Fovea.Engine.Measuring;
using Fovea.Engine.Planning;

namespace Fovea.Engine.Tuning;

/// <summary>Times every way of computing one layer's passes, alone and in turn: the kernels and the copies of parameters that they ask for.</summary>
internal static class LayerTrial
{
    private const int LeastRuns = 3, MostRuns = 7;

    /// <summary>No layer is timed longer than this, once every way that is left has had its least number of runs.</summary>
    private const double Seconds = 2;

    /// <summary>A way that takes so many times as long as the fastest, in everything that it can do, is not timed again.</summary>
    private const double Hopeless = 1.5;

    /// <summary>Medians by key and way.</summary>
    /// <param name="graph">The network.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="ways">By key of the layer, its ways.</param>
    /// <param name="batch">Images.</param>
    /// <param name="training">True with a backward pass.</param>
    /// <param name="options">Backend, precision, threads.</param>
    public static Dictionary<(string Key, string Way), double> Measure(
        Graph graph, Layer layer, IReadOnlyDictionary<string, IReadOnlyList<string>> ways, int batch, bool training, RuntimeOptions options)
    {
        Graph alone = SingleLayer.Of(graph, layer);
        using TuningRuntime runtime = new(options);
        using ParameterSet parameters = ParameterSet.For(alone);
        foreach (Parameter parameter in parameters.All)
        {
            parameter.Data.Fill(SingleLayer.Value);
            parameter.Changed();
        }
        List<Contender> plans = [];
        foreach (string way in ways.Values.SelectMany(names => names).Distinct())
        {
            Plan plan = runtime.Compile(alone, parameters, SingleLayer.Options(batch, training), ways.Keys.ToDictionary(key => key, _ => way));
            plan.Run();
            plans.Add(new Contender(way, plan, [.. plan.Choices.Where(choice => choice.Chosen == way && ways.ContainsKey(choice.Key))]));
        }
        List<Contender> left = [.. plans];
        double spent = 0;
        for (int run = 0; run < LeastRuns || (run < MostRuns && spent < Seconds); run++)
        {
            foreach (Contender contender in left)
                spent += contender.Times.Run();
            if (run > 0)
                continue;
            Dictionary<string, double> best = left.SelectMany(c => c.Choices.Select(choice => (choice.Key, Seconds: c.Median(choice)))).GroupBy(t => t.Key)
                .ToDictionary(same => same.Key, same => same.Min(t => t.Seconds));
            left.RemoveAll(c => c.Choices.All(choice => c.Median(choice) > best[choice.Key] * Hopeless));
        }
        return plans.SelectMany(c => c.Choices.Select(choice => (Key: (choice.Key, c.Way), Seconds: c.Median(choice)))).ToDictionary(t => t.Key, t => t.Seconds);
    }

    /// <summary>A plan that does one layer one way.</summary>
    private sealed record Contender(string Way, Plan Plan, IReadOnlyList<KernelChoice> Choices)
    {
        public StepTimes Times { get; } = new(Plan);

        /// <summary>The median of what a pass takes, copies of parameters included.</summary>
        public double Median(KernelChoice choice)
        {
            double seconds = 0;
            for (int i = 0; i < Plan.Steps.Count; i++)
            {
                if (Plan.Steps[i].Choice?.Key == choice.Key && (StepWork.KindOf(Plan.Steps[i]) != StepKind.Reorder || StepWork.IsWeightReorder(Plan.Steps[i])))
                    seconds += Times.Median(i);
            }
            return seconds;
        }
    }
}
