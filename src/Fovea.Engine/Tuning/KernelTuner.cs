using System.Diagnostics;
using Fovea.Engine.Planning;

namespace Fovea.Engine.Tuning;

/// <summary>
/// Finds the ways of computing a plan's layers that make its whole step faster than the rules do. Kernels are timed alone first; but a kernel wants its tensors in a layout
/// that its neighbours may not have, so what is chosen is what whole plans show: the fastest way of each pass, one way for all, both together, each in turn with the rules.
/// Then what did not pay where it stands is dropped, if the whole is faster without.
/// </summary>
public sealed class KernelTuner
{
    /// <summary>A gain that is smaller is noise: of a kernel alone against the rule's.</summary>
    public const double LeastGain = 0.03;

    // Of a whole step: shares of steps in turn repeat within half of it.
    private const double LeastStepGain = 0.01;

    private readonly Graph _graph;
    private readonly ParameterSet _parameters;
    private readonly PlanOptions _options;
    private readonly RuntimeOptions _runtime;

    /// <summary>A tuner of one plan.</summary>
    /// <param name="graph">The network.</param>
    /// <param name="parameters">Its parameters; steps with an update change them.</param>
    /// <param name="options">What the plan is for.</param>
    /// <param name="runtime">Backend, precision, threads.</param>
    public KernelTuner(Graph graph, ParameterSet parameters, PlanOptions options, RuntimeOptions runtime) =>
        (_graph, _parameters, _options, _runtime) = (graph.Planned(), parameters, options, runtime);

    /// <summary>Gives a plan a batch for its next step.</summary>
    public required Action<Plan, int> Fill { get; init; }

    /// <summary>Told what is being done.</summary>
    public Action<string> Progress { get; init; } = _ => { };

    /// <summary>Measures, from seconds to minutes. It makes runtimes of its own: call it on an engine thread.</summary>
    /// <param name="stop">Ends it.</param>
    public TuningResult Tune(CancellationToken stop)
    {
        KernelChoice[] choices;
        KernelHost host;
        Precision precision;
        using (TuningRuntime runtime = new(_runtime))
        {
            choices = [.. runtime.Choices(_graph, _parameters, _options)];
            (host, precision) = (runtime.Runtime.Host, runtime.Runtime.Precision);
        }
        TunedPass[] passes = Alone(choices, stop);
        if (passes.Length == 0)
            return new TuningResult(host, precision, passes, 0, 0);
        using TuningRuntime whole = new(_runtime);
        PlanTrial trial = new(whole, _graph, _parameters, _options, Fill);
        (IReadOnlyDictionary<string, string> table, double before, double after) = Whole(passes, choices, trial, stop);
        return new TuningResult(host, precision, [.. passes.Select(pass => pass with { Chosen = table.GetValueOrDefault(pass.Key, pass.Rule) })], before, after);
    }

    private TunedPass[] Alone(KernelChoice[] choices, CancellationToken stop)
    {
        ILookup<string, KernelChoice> byKey = choices.ToLookup(choice => choice.Key);
        Dictionary<string, IReadOnlyList<string>> ways = byKey.Select(same => (same.Key, Ways: same.First().Alternatives())).Where(pass => pass.Ways.Count > 1)
            .ToDictionary(pass => pass.Key, pass => pass.Ways);
        Dictionary<(string Key, string Way), double> seconds = [];
        // Layers with the same passes are timed once.
        IGrouping<int, KernelChoice>[] layers = [.. byKey.Select(same => same.First()).Where(choice => ways.ContainsKey(choice.Key)).GroupBy(choice => choice.LayerIndex)];
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < layers.Length; i++)
        {
            stop.ThrowIfCancellationRequested();
            Layer layer = _graph.Layers[layers[i].Key];
            string more = i == 0 ? "" : FormattableString.Invariant($", some {Stopwatch.GetElapsedTime(start).TotalSeconds / i * (layers.Length - i):0} s for the rest of them");
            Progress($"layer {i + 1} of {layers.Length}: {layer.Node.Name}{more}");
            Dictionary<string, IReadOnlyList<string>> own = layers[i].ToDictionary(choice => choice.Key, choice => ways[choice.Key]);
            foreach (((string, string) key, double median) in LayerTrial.Measure(_graph, layer, own, _options.Batch, _options.Training, _runtime))
                seconds[key] = median;
        }
        return
        [
            .. byKey.Where(same => ways.ContainsKey(same.Key)).Select(same => new TunedPass(
                same.Key, [.. same.Select(choice => _graph.Layers[choice.LayerIndex].Node.Name)], same.First().Rule,
                [.. ways[same.Key].Where(way => seconds.ContainsKey((same.Key, way))).Select(way => new TunedWay(way, seconds[(same.Key, way)]))], same.First().Rule)),
        ];
    }

    private (IReadOnlyDictionary<string, string> Table, double Before, double After) Whole(
        TunedPass[] passes, KernelChoice[] choices, PlanTrial trial, CancellationToken stop)
    {
        List<Dictionary<string, string>> tables = TuningCandidates.Of(passes, LeastGain);
        if (tables.Count == 1)
            return (tables[0], 0, 0);
        Progress($"whole steps, {tables.Count} plans in turn");
        IReadOnlyList<PlanTrial.Timing> timings = trial.Run(tables, stop);
        int best = Enumerable.Range(0, timings.Count).MinBy(i => timings[i].Share);
        if (best == 0)
            return (tables[0], timings[0].Seconds, timings[0].Seconds);
        Dictionary<string, string> pruned = TuningCandidates.WithoutLosses(tables[best], choices, _graph, timings[0].Layers, timings[best].Layers);
        // Once more: the fastest of several was lucky, too.
        Progress("whole steps, once more");
        IReadOnlyDictionary<string, string>[] last = [tables[0], tables[best], pruned];
        timings = trial.Run(last, stop);
        int winner = timings[2].Share <= timings[1].Share ? 2 : 1;
        return timings[winner].IsFaster(1 - LeastStepGain)
            ? (last[winner], timings[0].Seconds, timings[0].Seconds * timings[winner].Share)
            : (tables[0], timings[0].Seconds, timings[0].Seconds);
    }
}
