using Fovea.Engine.Measuring;
using Fovea.Engine.Planning;

namespace Fovea.Engine.Tuning;

/// <summary>Times whole plans of one network that follow different tables, in turn.</summary>
internal sealed class PlanTrial(TuningRuntime runtime, Graph graph, ParameterSet parameters, PlanOptions options, Action<Plan, int> fill)
{
    private const int LeastRounds = 7, MostRounds = 60, RoundsBeforeDropping = 2;
    private const double SecondsEach = 1.5;

    /// <summary>A plan that takes so many times as long as the fastest is not run again.</summary>
    private const double Hopeless = 1.06;

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
            List<int> left = [.. Enumerable.Range(0, plans.Length)];
            double spent = 0;
            for (int round = 0; round < LeastRounds + 1 || (round < MostRounds && spent < SecondsEach * left.Count); round++)
            {
                foreach (int i in left)
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
                if (round != RoundsBeforeDropping)
                    continue;
                double best = left.Min(i => seconds[i].Min());
                // The first stands for the rules, against which the others are held.
                left.RemoveAll(i => i > 0 && seconds[i].Min() > best * Hopeless);
            }
            return [.. plans.Select((plan, i) => new Timing(Median(seconds[i]), Shares(seconds[i], seconds[0]), LayerSeconds(plan, times[i])))];
        }
        finally
        {
            foreach (Plan plan in plans)
                plan.Dispose();
        }
    }

    /// <summary>A plan's median.</summary>
    /// <param name="Seconds">Of the steps together.</param>
    /// <param name="Shares">By round, seconds as a share of the first plan's in the same round, the smallest first: a clock that moves between rounds moves both.</param>
    /// <param name="Layers">By place in the graph: own steps, and copies that it asked for; the loss comes last.</param>
    public sealed record Timing(double Seconds, double[] Shares, double[] Layers)
    {
        /// <summary>The median of <see cref="Shares"/>.</summary>
        public double Share { get; } = Median(Shares);

        /// <summary>True where the plan takes less than <paramref name="share"/> of the first one's time, and less than all of it in four rounds of five.</summary>
        public bool IsFaster(double share) => Share < share && Shares[Shares.Length * 4 / 5] < 1;
    }

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

    private static double[] Shares(List<double> seconds, List<double> first) => [.. seconds.Zip(first, (own, rules) => own / rules).Order()];

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
    }
}
