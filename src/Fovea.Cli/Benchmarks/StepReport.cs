using Fovea.Cli.Json;
using Fovea.Engine;
using Fovea.Engine.Measuring;
using Fovea.Engine.Planning;

namespace Fovea.Cli.Benchmarks;

/// <summary>What the steps of a plan took, set against their work and the machine's roofline.</summary>
internal sealed class StepReport
{
    private readonly List<(Step Step, StepWork Work, double Seconds)> _steps = [];
    private readonly Graph _graph;
    private readonly MachineSpeed _machine;

    /// <summary>Takes the medians.</summary>
    public StepReport(Plan plan, StepTimes times, MachineSpeed machine)
    {
        (_graph, _machine) = (plan.Graph, machine);
        for (int i = 0; i < plan.Steps.Count; i++)
            _steps.Add((plan.Steps[i], StepWork.Of(plan.Graph, plan.Options, plan.Steps[i]), times.Median(i)));
    }

    /// <summary>Two operations for each multiply-accumulate of a run.</summary>
    public double Flops => _steps.Sum(s => 2.0 * s.Work.Macs);

    /// <summary>Bytes that a run's steps read and write.</summary>
    public double Bytes => _steps.Sum(s => (double)s.Work.Bytes);

    /// <summary>Seconds that the steps would take at the roofline.</summary>
    public double RooflineSeconds => _steps.Sum(s => Roofline(s.Work));

    /// <summary>The steps, layer by layer in the order of the network.</summary>
    public LayerBenchJson[] Layers()
    {
        double all = _steps.Sum(s => s.Seconds);
        return [.. _steps.GroupBy(s => s.Step.Layer).Select(layer =>
        {
            double seconds = layer.Sum(s => s.Seconds);
            return new LayerBenchJson(
                layer.Key, _graph.Layers.FirstOrDefault(l => l.Node.Name == layer.Key)?.Node.Op.Name ?? layer.Key, seconds * 1000, seconds / all,
                2e-9 * layer.Sum(s => s.Work.Macs) / seconds, 1e-9 * layer.Sum(s => s.Work.Bytes) / seconds, layer.Sum(s => Roofline(s.Work)) / seconds,
                [.. layer.Select(s => new StepBenchJson(
                    s.Step.Work, s.Step.Kernel, s.Seconds * 1000, 2e-9 * s.Work.Macs / s.Seconds, 1e-9 * s.Work.Bytes / s.Seconds, Roofline(s.Work) / s.Seconds))]);
        })];
    }

    /// <summary>Seconds of one pass of a layer in the plan: its main steps, without copies into other layouts.</summary>
    public double SecondsOf(string layer, StepKind pass) =>
        _steps.Where(s => s.Step.Layer == layer && s.Work.Macs > 0 && StepWork.KindOf(s.Step) == pass).Sum(s => s.Seconds);

    /// <summary>The passes of a layer that are convolutions or linear.</summary>
    public StepKind[] PassesOf(string layer) => [.. _steps.Where(s => s.Step.Layer == layer && s.Work.Macs > 0).Select(s => StepWork.KindOf(s.Step)).Distinct()];

    private double Roofline(StepWork work) => Math.Max(2.0 * work.Macs / _machine.FlopsPerSecond, work.Bytes / _machine.BytesPerSecond);
}
