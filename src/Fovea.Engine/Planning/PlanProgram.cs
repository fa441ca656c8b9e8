namespace Fovea.Engine.Planning;

/// <summary>What a kernel reads in place of parameters and what outlives the step: a copy in its own layout, or weights with a normalisation folded in.</summary>
/// <param name="Parameters">The parameters that it is made of.</param>
/// <param name="Step">Makes it anew.</param>
public sealed record KernelCopy(IReadOnlyList<Parameter> Parameters, Step Step)
{
    /// <summary>Grows when one of the parameters changes.</summary>
    public long Version => Parameters.Sum(parameter => parameter.Version);
}

/// <summary>What compiling gives: steps in order, and the memory that they need. No address is known yet.</summary>
public sealed class PlanProgram
{
    /// <summary>The steps of one run, in order.</summary>
    public required IReadOnlyList<Step> Steps { get; init; }

    /// <summary>Copies of parameters, refreshed before a run where they are stale.</summary>
    public required IReadOnlyList<KernelCopy> Copies { get; init; }

    /// <summary>Every buffer that has to be placed.</summary>
    public required IReadOnlyList<Buffer> Buffers { get; init; }

    /// <summary>Buffers that the caller fills or reads, by name: "pixels", "labels".</summary>
    public required IReadOnlyDictionary<string, Buffer> Interfaces { get; init; }

    /// <summary>The updates, where they do not belong to a run: only with <see cref="PlanOptions.Accumulate"/>.</summary>
    public required IReadOnlyList<Step> Updates { get; init; }

    /// <summary>Where the layers' results lie while they are needed, but for pixels.</summary>
    public required IReadOnlyList<(Layer Layer, Value Value)> Values { get; init; }

    /// <summary>The parameters that the plan reads.</summary>
    public required IReadOnlyList<Parameter> Parameters { get; init; }

    /// <summary>The network's output: [N, classes].</summary>
    public required Buffer Logits { get; init; }

    /// <summary>Layers whose forward pass another layer's kernel does: by place in the graph, the other's place.</summary>
    public required IReadOnlyDictionary<int, int> FusedInto { get; init; }

    /// <summary>What was chosen where there were several ways, in the order of the steps.</summary>
    public required IReadOnlyList<KernelChoice> Choices { get; init; }

    /// <summary>Gradients by parameter; only with <see cref="PlanOptions.KeepGradients"/>.</summary>
    public required IReadOnlyDictionary<Parameter, Buffer> Gradients { get; init; }
}
