using Fovea.Engine.Planning;

namespace Fovea.Engine.Tuning;

/// <summary>A runtime whose plans follow one table after another: they share its arena, so that any number of them takes the memory of the largest.</summary>
internal sealed class TuningRuntime : IDisposable, IKernelChoices
{
    private IReadOnlyDictionary<string, string> _entries = new Dictionary<string, string>();

    public TuningRuntime(RuntimeOptions options) => Runtime = new Runtime(options with { Kernels = _ => this });

    public Runtime Runtime { get; }

    public string? Find(string key) => _entries.GetValueOrDefault(key);

    /// <summary>A plan that follows a table.</summary>
    public Plan Compile(Graph graph, ParameterSet parameters, PlanOptions options, IReadOnlyDictionary<string, string> entries)
    {
        _entries = entries;
        return Runtime.Compile(graph, parameters, options);
    }

    /// <summary>What the rules choose for a network.</summary>
    public IReadOnlyList<KernelChoice> Choices(Graph graph, ParameterSet parameters, PlanOptions options)
    {
        _entries = new Dictionary<string, string>();
        using PlanDraft draft = Runtime.Draft(graph, parameters, options);
        return draft.Choices;
    }

    public void Dispose() => Runtime.Dispose();
}
