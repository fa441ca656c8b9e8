using Fovea.Engine.Planning;

namespace Fovea.Engine;

/// <summary>
/// A plan as it would be: its steps and its memory, decided exactly as <see cref="Runtime.Compile"/> decides them, without committing or touching any of that memory
/// and without creating a native kernel. It cannot run.
/// </summary>
public sealed class PlanDraft : IDisposable
{
    private readonly PlanProgram _program;
    private readonly IReadOnlyList<MemoryPlanner.Placement> _placements;

    internal PlanDraft(Graph graph, PlanOptions options, PlanProgram program, IReadOnlyList<MemoryPlanner.Placement> placements, PlanMemory memory) =>
        (Graph, Options, _program, _placements, Memory) = (graph, options, program, placements, memory);

    /// <summary>
    /// The network, without the loss, as the plan runs it: a mean may come before the 1x1 convolution that it follows in the description. Layers keep their nodes.
    /// </summary>
    public Graph Graph { get; }

    /// <summary>Batch, mode, loss, update.</summary>
    public PlanOptions Options { get; }

    /// <summary>The memory that the plan would take.</summary>
    public PlanMemory Memory { get; }

    /// <summary>The steps in order.</summary>
    public IReadOnlyList<Step> Steps => _program.Steps;

    /// <summary>What was chosen where there were several ways of computing something.</summary>
    public IReadOnlyList<KernelChoice> Choices => _program.Choices;

    /// <summary>Reorders of parameters that would run only when a parameter has changed.</summary>
    public IEnumerable<Step> RefreshSteps => _program.Copies.Select(copy => copy.Step);

    /// <summary>Bytes, within the arena, of kernels' copies of parameters that stay from run to run: inference has them, training makes them as it goes.</summary>
    public long KernelCopyBytes => _program.Buffers.Where(buffer => buffer is { Kind: BufferKind.KernelCopy, Persistent: true }).Sum(buffer => buffer.Bytes);

    /// <summary>
    /// Bytes by layer, in the order of <see cref="Graph.Layers"/>, of what the forward pass makes: results and what it leaves for the backward pass. 0 where a
    /// result lies in the memory of another one, because kernels were fused or work in place.
    /// </summary>
    public IReadOnlyList<long> ActivationBytes()
    {
        long[] bytes = new long[Graph.Layers.Count];
        foreach (MemoryPlanner.Placement placement in _placements)
        {
            Planning.Buffer first = placement.Buffers[0];
            if (first.Kind is BufferKind.Activation or BufferKind.Workspace && first.LayerIndex >= 0 && first.LayerIndex < bytes.Length)
                bytes[first.LayerIndex] += first.Bytes;
        }
        return bytes;
    }

    /// <summary>
    /// By layer, in the order of <see cref="Graph.Layers"/>, its kernels, forward first: "oneDNN jit:avx512_core"; "in conv1" where another layer's kernel does
    /// its forward pass; none where there is nothing to do.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<string>> Kernels()
    {
        ILookup<int, Step> steps = _program.Steps.Where(IsItsOwn).ToLookup(step => step.LayerIndex);
        return [.. Graph.Layers.Select(layer => Kernels(layer, steps[layer.Index]))];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Step step in Steps.Concat(RefreshSteps))
            step.Dispose();
    }

    private IReadOnlyList<string> Kernels(Layer layer, IEnumerable<Step> steps)
    {
        string[] own = [.. steps.Select(step => step.Kernel)];
        string[] fused = _program.FusedInto.TryGetValue(layer.Index, out int into) ? [$"in {Graph.Layers[into].Node.Name}"] : [];
        return [.. fused.Concat(own).Distinct()];
    }

    /// <summary>Copies between layouts, sums of gradients and updates are no part of what a layer computes.</summary>
    private static bool IsItsOwn(Step step) => step.Phase is StepPhase.Forward or StepPhase.Backward
        && !step.Work.StartsWith("reorder", StringComparison.Ordinal) && step.Work is not ("add gradients" or "running statistics");
}
