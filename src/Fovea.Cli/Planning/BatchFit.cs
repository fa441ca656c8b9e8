using Fovea.Engine;
using Fovea.Engine.Planning;
using Fovea.Kernels;

namespace Fovea.Cli.Planning;

/// <summary>Finds the batch size that fits an amount of memory, by drafting plans: nothing is allocated.</summary>
/// <param name="graph">The network.</param>
/// <param name="plans">The plans that share an arena, for a batch size.</param>
/// <param name="runtime">Backend and threads.</param>
internal sealed class BatchFit(Graph graph, Func<int, IReadOnlyList<PlanOptions>> plans, RuntimeOptions runtime)
{
    /// <summary>Bytes besides plans and process, such as a loader's batches; default none.</summary>
    public Func<int, long> Beside { get; init; } = _ => 0;

    /// <summary>Done to the parameters before plans are drafted, such as freezing some; default nothing.</summary>
    public Action<ParameterSet> Prepare { get; init; } = _ => { };

    /// <summary>The budget: what was given, or a share of what is available and what this process holds already.</summary>
    /// <param name="given">What the user gave.</param>
    /// <exception cref="FoveaException">Nothing was given and the system does not say what is available.</exception>
    public static (long Bytes, string Why) Budget(long? given)
    {
        if (given is { } bytes)
            return (bytes, "--memory");
        if (new MemoryLimits().Available() is not { } available)
            throw new FoveaException("--batch-size auto: this system does not say how much memory there is. Give --memory, such as --memory 4G.");
        long free = available.Bytes + ProcFiles.ResidentBytes;
        return ((long)(MemoryLimits.DefaultShare * free), $"{100 * MemoryLimits.DefaultShare:0} % of {available.Why}, {Format.Bytes(free)}");
    }

    /// <summary>The largest power of two up to <paramref name="most"/> whose resident size fits.</summary>
    /// <param name="budget">Bytes to fit into, and where they come from.</param>
    /// <param name="most">No batch can be larger.</param>
    /// <returns>The batch size, and a sentence that says why.</returns>
    /// <exception cref="FoveaException">A single image does not fit.</exception>
    public (int Batch, string Why) Largest((long Bytes, string Why) budget, int most)
    {
        long process = ProcessBaseline.Cold();
        return EngineThread.Run(() =>
        {
            using ParameterSet parameters = ParameterSet.For(graph);
            Prepare(parameters);
            using Runtime engine = new(runtime);
            (int best, long bytes) = (0, 0);
            for (int batch = 1; batch <= most; batch *= 2)
            {
                long? need = Resident(engine, parameters, batch, process);
                if (need is null || need > budget.Bytes)
                {
                    if (best == 0)
                        throw TooSmall(need ?? 0, budget);
                    string over = need is null ? "" : $"; {batch} would need {Format.Bytes(need.Value)}";
                    return (best, $"--batch-size auto takes {best}: {graph.Name} then needs {Format.Bytes(bytes)} of {Format.Bytes(budget.Bytes)} ({budget.Why}){over}.");
                }
                (best, bytes) = (batch, need.Value);
            }
            return (best, $"--batch-size auto takes {best}, the largest power of two up to {most}: {graph.Name} then needs {Format.Bytes(bytes)} of {Format.Bytes(budget.Bytes)} ({budget.Why}).");
        });
    }

    /// <summary>Refuses a batch size that does not fit.</summary>
    /// <exception cref="FoveaException">It does not fit: says what it needs.</exception>
    public void Check((long Bytes, string Why) budget, int batch)
    {
        long process = ProcessBaseline.Cold();
        long? need = EngineThread.Run(() =>
        {
            using ParameterSet parameters = ParameterSet.For(graph);
            Prepare(parameters);
            using Runtime engine = new(runtime);
            return Resident(engine, parameters, batch, process);
        });
        if (need is null || need > budget.Bytes)
        {
            throw new FoveaException($"--memory {Format.Bytes(budget.Bytes)}: {graph.Name} with --batch-size {batch} needs about {Format.Bytes(need ?? long.MaxValue)}. "
                + "Use a smaller batch, --batch-size auto, or allow more memory.");
        }
    }

    /// <summary>The planned resident size; null where a buffer is larger than kernels can address.</summary>
    private long? Resident(Runtime engine, ParameterSet parameters, int batch, long process)
    {
        (long arena, long beside) = (0, 0);
        foreach (PlanOptions options in plans(batch))
        {
            using PlanDraft draft = engine.Draft(graph, parameters, options);
            if (draft.Memory.LargestBytes > (long)int.MaxValue * sizeof(float))
                return null;
            arena = Math.Max(arena, draft.Memory.ArenaBytes);
            beside = Math.Max(beside, draft.Memory.ParameterBytes + draft.Memory.StateBytes);
        }
        return process + arena + beside + Beside(batch);
    }

    private FoveaException TooSmall(long need, (long Bytes, string Why) budget) => new(
        $"--batch-size auto: {graph.Name} needs {Format.Bytes(need)} with a single image, and {Format.Bytes(budget.Bytes)} is allowed ({budget.Why}). "
        + "Allow more with --memory, or take a smaller network or input.");
}
