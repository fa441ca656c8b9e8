using Fovea.Training;

namespace Fovea.Cli.Json;

/// <summary>A row of <c>recipes</c>. Data is absent where it is a folder of the user's.</summary>
internal sealed record RecipeJson(string Name, string Title, string? Model, string? Data, int Epochs, string Source, string? Reached, string? Goal);

/// <summary>A row of <c>runs</c>. State: running, finished, stopped, failed, killed.</summary>
internal sealed record RunJson(
    string Run, string Folder, string Model, string Data, string State, string? Reason, int EpochsDone, int Epochs, RunBestJson? Best, ulong Seed,
    DateTimeOffset? Begun, DateTimeOffset? LastHeard, string Version)
{
    public static RunJson Of(RunRecord run) => new(
        run.Name, run.Folder, run.Args.Options.Architecture.Model, run.Args.Dataset.Name, $"{run.State}".ToLowerInvariant(), run.Reason, run.Epochs.Count,
        run.Args.Options.Epochs, run.Best is { } best ? new RunBestJson(best.Epoch, best.ValAcc, best.ValLoss, best.TrainLoss) : null, run.Args.Options.Seed,
        run.Begun, run.LastHeard, run.Args.Version);
}

/// <summary>The figures of a run's best epoch.</summary>
internal sealed record RunBestJson(int Epoch, double ValAcc, double ValLoss, double TrainLoss);

/// <summary>The result of <c>compare</c>.</summary>
internal sealed record CompareJson(RunJson[] Runs, IReadOnlyList<OptionDifference> Differences, IReadOnlyList<PairTest> Tests, string? File)
{
    public static CompareJson Of(RunComparison comparison, string? file) =>
        new([.. comparison.Runs.Select(RunJson.Of)], comparison.Differences, comparison.Tests, file);
}
