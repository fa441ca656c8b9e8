using Fovea.Cli.Json;
using Fovea.Engine;
using Fovea.Engine.Measuring;
using Fovea.Engine.Planning;

namespace Fovea.Cli.Planning;

/// <summary>What a plan would be, before it is made.</summary>
internal static class PlanReport
{
    private const int LargestBuffers = 12;

    /// <summary>Drafts the plan and predicts its time. It touches none of the plan's memory.</summary>
    /// <param name="graph">The network.</param>
    /// <param name="options">What the plan is for.</param>
    /// <param name="runtimeOptions">Backend and threads.</param>
    /// <param name="steps">True lists every step.</param>
    public static PlanJson Make(Graph graph, PlanOptions options, RuntimeOptions runtimeOptions, bool steps) => EngineThread.Run(() =>
    {
        CostModel costs = CostModel.Calibrate(runtimeOptions);
        using ParameterSet parameters = ParameterSet.For(graph);
        using Runtime runtime = new(runtimeOptions);
        using PlanDraft draft = runtime.Draft(graph, parameters, options);
        PlanMemory memory = draft.Memory;
        // Before anything else is loaded.
        long process = ProcessBaseline.Warm(draft);
        PlanStepJson[] table = [.. draft.Steps.Select((step, i) => Describe(draft.Graph, options, costs, step, i))];
        double ms = table.Sum(step => step.PredictedMs);
        return new PlanJson(
            graph.Name, options.Training ? "train" : "infer", options.Batch, runtime.Precision.Name(), runtime.Backend, runtime.Threads, memory.ArenaBytes, memory.PeakBytes,
            memory.PeakStep is { } peak ? Name(peak, peak < 0 ? draft.RefreshSteps.ElementAt(draft.RefreshSteps.Count() + peak) : draft.Steps[peak]) : null,
            memory.UnsharedBytes, memory.ParameterBytes, memory.StateBytes, process, process + memory.TotalBytes,
            memory.AtPeak.ToDictionary(kind => Name(kind.Key), kind => kind.Value),
            [.. memory.LiveAtPeak.Take(LargestBuffers).Select(b => new PlanBufferJson(b.Name, Name(b.Kind), b.Bytes, b.Last < 0 ? b.First : Math.Max(0, b.First), b.Last))],
            new MachineJson(costs.Machine.FlopsPerSecond * 1e-9, costs.Machine.BytesPerSecond * 1e-9), ms, options.Batch / ms * 1000)
        {
            Steps = steps ? table : null,
            WeightReorders = !steps ? null :
            [
                .. draft.Steps.Select((step, i) => (step, i)).Where(s => StepWork.IsWeightReorder(s.step)).Select(s => table[s.i]),
                .. draft.RefreshSteps.Select(step => Describe(draft.Graph, options, costs, step, -1)),
            ],
        };
    });

    private static PlanStepNameJson Name(int index, Step step) => new(index, step.Layer, step.Work);

    private static PlanStepJson Describe(Graph graph, PlanOptions options, CostModel costs, Step step, int index)
    {
        StepWork work = StepWork.Of(graph, options, step);
        return new PlanStepJson(
            index, step.Layer, graph.Layers.FirstOrDefault(l => l.Node.Name == step.Layer)?.Node.Op.Name ?? step.Layer, step.Phase.ToString().ToLowerInvariant(), step.Work,
            step.Kernel, step.Declined, step.Writes.Select(b => b.LayoutTag).FirstOrDefault(tag => tag is not null), work.Bytes, work.Macs,
            costs.Predict(graph, options, step) * 1000);
    }

    private static string Name(BufferKind kind) => kind switch
    {
        BufferKind.Interface => "pixels, labels, results",
        BufferKind.Activation => "activations",
        BufferKind.ActivationGradient => "gradients of activations",
        BufferKind.ParameterGradient => "gradients of parameters",
        BufferKind.KernelCopy => "kernel copies of parameters",
        BufferKind.Workspace => "workspace",
        BufferKind.Scratch => "scratch",
        _ => "masters",
    };
}
