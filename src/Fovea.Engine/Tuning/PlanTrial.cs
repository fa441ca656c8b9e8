using Fovea.Engine.Measuring;
using Fovea.Engine.Planning;

namespace Fovea.Engine.Tuning;

/// <summary>Times whole plans of one network that follow different tables, in turn.</summary>
internal sealed class PlanTrial(TuningRuntime runtime, Graph graph, ParameterSet parameters, PlanOptions options, Action<Plan, int> fill)
{
    private const int LeastRounds = 5, MostRounds = 60;
    private const double SecondsEach = 1.5;

    /// <summary>Runs the plans in turn, step by step: what disturbs one disturbs all.</summary>
    /// <param name="tables">The tables.</param>
    /// <param name="stop">Ends the measurement.</param>
    public IReadOnlyList<Timing> Run(IReadOnlyList<IReadOnlyDictionary<string, string>> tables, CancellationToken stop)
    {
        Plan[] plans = [.. tables.Select(table => runtime.Compile(graph, parameters, options, table))];
        try
        {
            StepTimes[] times = [.. plans.Select(plan => new StepTimes(plan))];
            List<double>[] seconds = [.. plans.Select(_ => new List<double>())];
            double spent = 0;
            for (int round = 0; round < LeastRounds + 1 || (round < MostRounds && spent < SecondsEach * plans.Length); round++)
            {
                for (int i = 0; i < plans.Length; i++)
                {
                    stop.ThrowIfCancellationRequested();
                    fill(plans[i], round);
                    // The first round touches memory, and copies parameters, for the first time.
                    if (round == 0)
                    {
                        plans[i].Run();
                        continue;
                    }
                    spent += times[i].Run();
                    // The steps alone: inference makes its copies of parameters anew where another plan was in between, and a real run does not.
                    seconds[i].Add(times[i].Last);
                }
            }
            return [.. plans.Select((plan, i) => new Timing(Median(seconds[i]), LayerSeconds(plan, times[i])))];
        }
        finally
        {
            foreach (Plan plan in plans)
                plan.Dispose();
        }
    }

    /// <summary>A plan's median.</summary>
    /// <param name="Seconds">Of the steps together.</param>
    /// <param name="Layers">By place in the graph: own steps, and copies that it asked for; the loss comes last.</param>
    public sealed record Timing(double Seconds, double[] Layers);

    private double[] LayerSeconds(Plan plan, StepTimes times)
    {
        double[] layers = new double[graph.Layers.Count + 1];
        for (int i = 0; i < plan.Steps.Count; i++)
        {
            int layer = plan.Steps[i].LayerIndex;
            if (layer >= 0 && layer < layers.Length)
                layers[layer] += times.Median(i);
        }
        return layers;
    }

    private static double Median(List<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
    }
}
