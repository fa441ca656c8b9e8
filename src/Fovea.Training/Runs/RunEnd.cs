namespace Fovea.Training;

/// <summary>When a run is over. It depends on what resuming reads back, so that a resumed run ends where it would have ended.</summary>
internal static class RunEnd
{
    /// <summary>What a run may take beyond its <c>--time-budget</c> before it ends with the epoch that it is at.</summary>
    public const double Tolerance = 1.1;

    /// <summary>Whether the run is over after some epochs, and why if not because all are done.</summary>
    /// <param name="options">The run's options.</param>
    /// <param name="epochs">Epochs that are complete.</param>
    /// <param name="best">The best of them.</param>
    /// <param name="results">Their results.</param>
    public static (bool Over, string? Reason) After(TrainingOptions options, int epochs, BestEpoch? best, IReadOnlyList<EpochResult> results)
    {
        if (epochs >= options.Epochs)
            return (true, null);
        if (options.EarlyStop is { } patience && best is not null && epochs - best.Epoch >= patience)
            return (true, $"no better validation accuracy in {patience} epoch{(patience == 1 ? "" : "s")} (--early-stop)");
        if (options.TimeBudget is { } budget && epochs > 0 && results.Count >= epochs)
        {
            double spent = results.Take(epochs).Sum(r => r.Seconds);
            if (spent + results[epochs - 1].Seconds > budget.Time.TotalSeconds * Tolerance)
                return (true, $"another epoch would take the run beyond its {budget} (--time-budget): it was slower than measured");
        }
        return (false, null);
    }
}
