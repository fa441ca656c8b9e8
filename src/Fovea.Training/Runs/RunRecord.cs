using Fovea.Kernels;

namespace Fovea.Training;

/// <summary>How a run ended, or did not.</summary>
public enum RunState
{
    /// <summary>A process trains it.</summary>
    Running,

    /// <summary>All its epochs are done.</summary>
    Finished,

    /// <summary>It was interrupted and saved its state.</summary>
    Stopped,

    /// <summary>An error ended it.</summary>
    Failed,

    /// <summary>It ended without a word: killed, or the machine went down.</summary>
    Killed,
}

/// <summary>
/// A run as its folder tells it, for lists, comparisons and reports: nothing is needed beside args.json, what else is missing or damaged is left out.
/// </summary>
public sealed record RunRecord
{
    /// <summary>The run's folder.</summary>
    public required string Folder { get; init; }

    /// <summary>The folder's own name.</summary>
    public string Name => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(Folder)));

    /// <summary>Its args.json.</summary>
    public required RunArgs Args { get; init; }

    /// <summary>Its epochs, from results.csv.</summary>
    public required IReadOnlyList<EpochResult> Epochs { get; init; }

    /// <summary>The epoch with the highest validation accuracy, the first of equals; null before the first is complete.</summary>
    public EpochResult? Best => Epochs.OrderByDescending(e => e.ValAcc).ThenBy(e => e.Epoch).FirstOrDefault();

    /// <summary>How it ended.</summary>
    public required RunState State { get; init; }

    /// <summary>Why, where an error ended it.</summary>
    public string? Reason { get; init; }

    /// <summary>How far it came.</summary>
    public RunPosition Position { get; init; }

    /// <summary>When its latest part began; null where events.jsonl does not tell.</summary>
    public RunStarted? Started { get; init; }

    /// <summary>When it was begun, UTC; null where events.jsonl does not tell.</summary>
    public DateTimeOffset? Begun { get; init; }

    /// <summary>When anything was heard of it last.</summary>
    public DateTimeOffset? LastHeard { get; init; }

    /// <summary>Steps with their losses, as often as they were logged.</summary>
    public IReadOnlyList<StepDone> Steps { get; init; } = [];

    /// <summary>Images that were left out.</summary>
    public IReadOnlyList<SampleBroken> Broken { get; init; } = [];

    /// <summary>Reads a run's folder.</summary>
    /// <exception cref="FoveaException">It is no run's, or its args.json cannot be read.</exception>
    public static RunRecord Load(string folder)
    {
        if (!File.Exists(Path.Combine(folder, RunPaths.Args)))
            throw new FoveaException($"'{folder}' is no run's folder: it has no {RunPaths.Args}.");
        RunFolder files = new(folder);
        RunArgs args = RunArgs.Load(folder);
        List<TrainingEvent> events = Events(files.Events);
        TrainingEvent? last = events.LastOrDefault(e => e is RunStarted or RunFinished or RunStopped or RunFailed);
        return new RunRecord
        {
            Folder = folder,
            Args = args,
            Epochs = ResultsTable.Read(files.Results),
            State = last switch
            {
                RunFinished => RunState.Finished,
                RunStopped => RunState.Stopped,
                RunFailed => RunState.Failed,
                _ => files.IsLocked() ? RunState.Running : RunState.Killed,
            },
            Reason = (last as RunFailed)?.Reason,
            Position = events.LastOrDefault()?.At ?? default,
            Started = events.OfType<RunStarted>().LastOrDefault(),
            Begun = events.FirstOrDefault()?.Time,
            LastHeard = events.LastOrDefault()?.Time,
            Steps = [.. events.OfType<StepDone>()],
            Broken = [.. events.OfType<SampleBroken>()],
        };
    }

    /// <summary>What the best network said of the validation images; null where predictions.csv is not there or not sound.</summary>
    public RunPredictions? ReadPredictions() => PredictionsTable.Read(new RunFolder(Folder).Predictions, Args.Classes);

    // A trainer may be writing it: what it has written so far is read, and a last line that is torn is none.
    private static List<TrainingEvent> Events(string path)
    {
        List<TrainingEvent> events = [];
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using StreamReader reader = new(file);
            while (reader.ReadLine() is { } line)
            {
                if (EventJson.Read(System.Text.Encoding.UTF8.GetBytes(line)) is { } happened)
                    events.Add(happened);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A run whose events are lost still has its options and results.
        }
        return events;
    }
}
