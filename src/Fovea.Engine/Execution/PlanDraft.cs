using Fovea.Engine.Planning;

namespace Fovea.Engine;

/// <summary>
/// A plan as it would be: its steps and its memory, decided exactly as <see cref="Runtime.Compile"/> decides them, without committing or touching any of that memory
/// and without creating a native kernel. It cannot run.
/// </summary>
public sealed class PlanDraft : IDisposable
{
    private readonly PlanProgram _program;

    internal PlanDraft(Graph graph, PlanOptions options, PlanProgram program, PlanMemory memory) =>
        (Graph, Options, _program, Memory) = (graph, options, program, memory);

    /// <summary>The network, without the loss.</summary>
    public Graph Graph { get; }

    /// <summary>Batch, mode, loss, update.</summary>
    public PlanOptions Options { get; }

    /// <summary>The memory that the plan would take.</summary>
    public PlanMemory Memory { get; }

    /// <summary>The steps in order.</summary>
    public IReadOnlyList<Step> Steps => _program.Steps;

    /// <summary>Reorders of parameters that would run only when a parameter has changed.</summary>
    public IEnumerable<Step> RefreshSteps => _program.Copies.Select(copy => copy.Step);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Step step in Steps.Concat(RefreshSteps))
            step.Dispose();
    }
}
