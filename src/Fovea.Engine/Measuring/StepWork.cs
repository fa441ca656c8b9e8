using Fovea.Engine.Planning;

namespace Fovea.Engine.Measuring;

/// <summary>What a step has to do at least: its arithmetic, and the bytes that it reads and writes.</summary>
/// <param name="Macs">Multiply-accumulates by the layer's definition (a Winograd kernel does fewer); 0 for what is no convolution and no linear layer.</param>
/// <param name="Bytes">Bytes of the buffers that it reads and of those that it writes, scratch memory left out; an update's include the optimizer's state.</param>
public readonly record struct StepWork(long Macs, long Bytes)
{
    /// <summary>Adds up a step's work.</summary>
    /// <param name="graph">The network.</param>
    /// <param name="options">What the plan is for.</param>
    /// <param name="step">A step of it.</param>
    public static StepWork Of(Graph graph, PlanOptions options, Step step)
    {
        long bytes = step.Reads.Concat(step.Writes).Where(b => b.Kind != BufferKind.Scratch).Sum(b => Part(step, b));
        if (step.Phase == StepPhase.Update && options.Update is { } rule)
            bytes += 2 * rule.States.Count * step.Writes.Where(b => b.Kind == BufferKind.Master).Sum(b => Part(step, b));
        bool main = KindOf(step) is StepKind.Forward or StepKind.BackwardData or StepKind.BackwardWeights;
        Layer? layer = main ? graph.Layers.FirstOrDefault(l => l.Node.Name == step.Layer) : null;
        return new StepWork((long)Math.Round((layer?.Macs ?? 0) * options.Batch * step.Share), bytes);
    }

    private static long Part(Step step, Planning.Buffer buffer) => buffer.Kind == BufferKind.Master ? (long)(buffer.Bytes * step.Share) : buffer.Bytes;

    /// <summary>What sort of step it is.</summary>
    public static StepKind KindOf(Step step) =>
        step.Phase == StepPhase.Update ? StepKind.Update
        : step.Work.StartsWith("reorder", StringComparison.Ordinal) ? StepKind.Reorder
        : step.Work.StartsWith("backward data", StringComparison.Ordinal) ? StepKind.BackwardData
        : step.Work.StartsWith("backward weights", StringComparison.Ordinal) ? StepKind.BackwardWeights
        : step.Work.StartsWith("forward", StringComparison.Ordinal) ? StepKind.Forward
        : step.Phase == StepPhase.Backward ? StepKind.Backward : StepKind.Other;

    /// <summary>True for a copy of a parameter, or of its gradient, into another layout.</summary>
    public static bool IsWeightReorder(Step step) => KindOf(step) == StepKind.Reorder
        && (step.Reads.Any(b => b.Kind is BufferKind.Master or BufferKind.ParameterGradient) || step.Writes.Any(b => b.Kind is BufferKind.KernelCopy));
}

/// <summary>Sorts of steps.</summary>
public enum StepKind
{
    /// <summary>A layer's result.</summary>
    Forward,

    /// <summary>The gradient of a convolution's or linear layer's source.</summary>
    BackwardData,

    /// <summary>The gradients of a convolution's or linear layer's parameters.</summary>
    BackwardWeights,

    /// <summary>The gradient of any other layer's source.</summary>
    Backward,

    /// <summary>A copy into another layout.</summary>
    Reorder,

    /// <summary>A parameter's update.</summary>
    Update,

    /// <summary>Anything else.</summary>
    Other,
}
