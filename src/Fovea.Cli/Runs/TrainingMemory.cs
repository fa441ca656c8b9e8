using Fovea.Cli.Planning;
using Fovea.Data;
using Fovea.Data.Loading;
using Fovea.Engine;
using Fovea.Engine.Ops;
using Fovea.Engine.Planning;
using Fovea.Models;
using Fovea.Training;

namespace Fovea.Cli.Runs;

/// <summary>The memory of a training run before it begins: <c>--batch-size auto</c>, and the check of a given size against <c>--memory</c>.</summary>
internal static class TrainingMemory
{
    private const int LabelBytes = 16;

    /// <summary>The options with a batch size that fits.</summary>
    /// <param name="options">The run's options.</param>
    /// <param name="data">Its data: a batch larger than the training split would never be full.</param>
    /// <param name="auto">True where the batch size is to be found.</param>
    /// <returns>The options, and what was decided and why; null where nothing was.</returns>
    public static (TrainingOptions Options, string? Note) Fit(TrainingOptions options, DataSplits data, bool auto)
    {
        if (!auto && options.Memory is null)
            return (options, null);
        TrainingOptions resolved = options.Resolved();
        UpdateRule rule = resolved.CreateOptimizer();
        TensorShape input = options.Architecture.Input;
        long image = input.Elements + LabelBytes;
        int Evaluated(int batch) => options.ValBatchSize ?? batch;
        Graph graph = ModelZoo.Build(options.Architecture);
        BatchFit fit = new(
            graph,
            batch => [resolved.ToPlanOptions(batch, rule), new PlanOptions { Batch = Evaluated(batch), Loss = new SoftmaxCrossEntropy() }], options.ToRuntimeOptions())
        {
            // Frozen parameters have no gradients, and their layers none of what lies before them.
            Prepare = parameters => Freezing.Apply(graph, parameters, options.Freeze),
            // Training's and evaluation's loader keep their batches.
            Beside = batch => (new LoaderOptions { BatchSize = 1, Channels = 1, Height = 1, Width = 1 }.PrefetchBatches + 1) * image * (batch + Evaluated(batch)),
        };
        (long Bytes, string Why) budget = BatchFit.Budget(options.Memory);
        if (!auto)
        {
            fit.Check(budget, resolved.BatchSize);
            return (options, null);
        }
        (int chosen, string why) = fit.Largest(budget, Math.Max(1, data.Train.Count));
        return (options with { BatchSize = chosen, Memory = budget.Bytes }, why);
    }
}
