using Fovea.Engine.Planning;

namespace Fovea.Engine;

/// <summary>A plan on paper: which kernels and how much memory it would take. Nothing of its arena is committed, and nothing can be run.</summary>
public sealed class PlanOutline : IDisposable
{
    private readonly PlanProgram _program;
    private readonly IReadOnlyList<MemoryPlanner.Placement> _placements;

    internal PlanOutline(Graph graph, PlanOptions options, PlanProgram program, IReadOnlyList<MemoryPlanner.Placement> placements, long arenaBytes)
    {
        (Graph, Options, _program, _placements, ArenaBytes) = (graph, options, program, placements, arenaBytes);
    }

    /// <summary>The network, without the loss.</summary>
    public Graph Graph { get; }

    /// <summary>Batch, mode, loss, update.</summary>
    public PlanOptions Options { get; }

    /// <summary>Bytes of the arena: activations, gradients, workspaces and kernel copies, sharing memory where they never live together.</summary>
    public long ArenaBytes { get; }

    /// <summary>Bytes that the same would take if each buffer had memory of its own.</summary>
    public long UnsharedBytes => _program.Buffers.Sum(buffer => buffer.Bytes);

    /// <summary>Bytes, within the arena, of kernels' copies of parameters that stay from run to run: inference has them, training makes them as it goes.</summary>
    public long KernelCopyBytes => _program.Buffers.Where(buffer => buffer is { Kind: BufferKind.KernelCopy, Persistent: true }).Sum(buffer => buffer.Bytes);

    /// <summary>Bytes of the parameters' masters.</summary>
    public long ParameterBytes => Graph.Layers.Sum(layer => layer.Parameters.Sum(spec => spec.Elements)) * sizeof(float);

    /// <summary>Bytes of the optimizer's state; 0 without an update.</summary>
    public long OptimizerBytes => Graph.ParameterCount * sizeof(float) * (Options.Update?.States.Count ?? 0);

    /// <summary>What the plan takes altogether: arena, parameters and optimizer state.</summary>
    public long PeakBytes => ArenaBytes + ParameterBytes + OptimizerBytes;

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

    /// <summary>Frees what describes the kernels.</summary>
    public void Dispose()
    {
        foreach (Step step in _program.Steps.Concat(_program.Copies.Select(copy => copy.Step)))
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
