using Fovea.Cli.Json;
using Fovea.Engine;
using Fovea.Engine.Measuring;

namespace Fovea.Cli.Benchmarks;

/// <summary>The floor of a plan, measured while the plan's own memory is free.</summary>
internal sealed class FloorReport
{
    private readonly List<(string Layer, StepKind Pass, PassFloor? Floor)> _passes = [];
    private readonly (long Bytes, double Seconds) _others;
    private readonly Graph _graph;
    private readonly int _batch;
    private readonly RuntimeOptions _options;
    private readonly (Layer Layer, StepKind[] Passes)[] _layers;

    /// <summary>Notes what has to be measured.</summary>
    public FloorReport(Plan plan, StepReport steps, MachineSpeed machine, RuntimeOptions options)
    {
        (_graph, _batch, _options) = (plan.Graph, plan.Options.Batch, options);
        _others = LayerFloor.OfOtherSteps(plan.Graph, plan.Options, plan.Steps, machine);
        _layers = [.. plan.Graph.Layers.Select(layer => (layer, steps.PassesOf(layer.Node.Name))).Where(l => l.Item2.Length > 0)];
    }

    /// <summary>Measures the passes one after another; call it on an engine thread.</summary>
    /// <param name="progress">Told what is being done.</param>
    /// <param name="stop">Ends the measurement.</param>
    public void Measure(Action<string> progress, CancellationToken stop)
    {
        foreach ((Layer layer, StepKind[] kinds) in _layers)
        {
            stop.ThrowIfCancellationRequested();
            progress($"the floor of {layer.Node.Name}");
            IReadOnlyList<PassFloor> floors = LayerFloor.Measure(_graph, layer, _batch, kinds, _options);
            _passes.AddRange(kinds.Select(kind => (layer.Node.Name, kind, floors.FirstOrDefault(f => f.Pass == kind))));
        }
    }

    /// <summary>The floor beside what the plan took.</summary>
    /// <param name="steps">The plan's steps.</param>
    /// <param name="msPerStep">What a run of the plan took.</param>
    public FloorJson Against(StepReport steps, double msPerStep)
    {
        PassFloorJson[] passes = [.. _passes.Select(pass =>
        {
            // In the plan a kernel may find its input in the cache and be faster than alone: the floor is no higher than what was reached.
            double reached = steps.SecondsOf(pass.Layer, pass.Pass), least = Math.Min(pass.Floor?.Seconds ?? double.PositiveInfinity, reached);
            string kernel = pass.Floor is null || pass.Floor.Seconds > reached ? "as in the plan" : pass.Floor.Kernel;
            return new PassFloorJson(pass.Layer, Words(pass.Pass), reached * 1000, least * 1000, kernel);
        })];
        double ms = passes.Sum(p => p.FloorMs) + (_others.Seconds * 1000);
        return new FloorJson(ms, ms / msPerStep, _others.Seconds * 1000, _others.Bytes, passes);
    }

    private static string Words(StepKind kind) => kind switch
    {
        StepKind.Forward => "forward",
        StepKind.BackwardData => "backward data",
        _ => "backward weights",
    };
}
