using Fovea.Cli.Json;
using Fovea.Engine;
using Fovea.Engine.Measuring;

namespace Fovea.Cli.Benchmarks;

/// <summary>The floor of a plan, measured once the plan's own memory is free.</summary>
internal sealed class FloorReport
{
    private readonly Graph _graph;
    private readonly int _batch;
    private readonly RuntimeOptions _options;
    private readonly (Layer Layer, StepKind[] Passes, double[] Seconds)[] _layers;
    private readonly (long Bytes, double Seconds) _others;

    /// <summary>Notes what has to be measured.</summary>
    public FloorReport(Plan plan, StepReport steps, MachineSpeed machine, RuntimeOptions options)
    {
        (_graph, _batch, _options) = (plan.Graph, plan.Options.Batch, options);
        _others = LayerFloor.OfOtherSteps(plan.Graph, plan.Options, plan.Steps, machine);
        _layers = [.. plan.Graph.Layers.Select(layer => (layer, steps.PassesOf(layer.Node.Name))).Where(l => l.Item2.Length > 0)
            .Select(l => (l.layer, l.Item2, l.Item2.Select(pass => steps.SecondsOf(l.layer.Node.Name, pass)).ToArray()))];
    }

    /// <summary>Measures the passes one after another; call it on an engine thread.</summary>
    /// <param name="msPerStep">What a run of the plan took.</param>
    /// <param name="progress">Told what is being done.</param>
    /// <param name="stop">Ends the measurement.</param>
    public FloorJson Measure(double msPerStep, Action<string> progress, CancellationToken stop)
    {
        List<PassFloorJson> passes = [];
        foreach ((Layer layer, StepKind[] kinds, double[] seconds) in _layers)
        {
            stop.ThrowIfCancellationRequested();
            progress($"the floor of {layer.Node.Name}");
            IReadOnlyList<PassFloor> floors = LayerFloor.Measure(_graph, layer, _batch, kinds, _options);
            for (int i = 0; i < kinds.Length; i++)
            {
                // In the plan a kernel may find its input in the cache and be faster than alone: the floor is no higher than what was reached.
                PassFloor? floor = floors.FirstOrDefault(f => f.Pass == kinds[i]);
                double least = Math.Min(floor?.Seconds ?? double.PositiveInfinity, seconds[i]);
                passes.Add(new PassFloorJson(layer.Node.Name, Words(kinds[i]), seconds[i] * 1000, least * 1000, floor is null || floor.Seconds > seconds[i] ? "as in the plan" : floor.Kernel));
            }
        }
        double ms = passes.Sum(p => p.FloorMs) + (_others.Seconds * 1000);
        return new FloorJson(ms, ms / msPerStep, _others.Seconds * 1000, _others.Bytes, [.. passes]);
    }

    private static string Words(StepKind kind) => kind switch
    {
        StepKind.Forward => "forward",
        StepKind.BackwardData => "backward data",
        _ => "backward weights",
    };
}
