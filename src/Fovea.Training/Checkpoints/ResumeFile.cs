using System.Globalization;
using Fovea.Engine.Planning;
using Fovea.Formats.Safetensors;
using Fovea.Kernels;
using Fovea.Kernels.Memory;
using Fovea.Models;

namespace Fovea.Training;

/// <summary>What a run needs to go on as if it had never stopped, besides parameters and optimizer state.</summary>
public sealed record ResumeState
{
    /// <summary>How far the run is.</summary>
    public RunPosition Position { get; init; }

    /// <summary>Batches since the run began.</summary>
    public long TotalSteps { get; init; }

    /// <summary>Updates since the run began: fewer where batches are accumulated or hold no sound image.</summary>
    public long Updates { get; init; }

    /// <summary>Sums over the epoch's batches so far.</summary>
    public LossSums Epoch { get; init; }

    /// <summary>Sums since the last <see cref="StepDone"/>.</summary>
    public LossSums Window { get; init; }

    /// <summary>The best epoch so far; null before the first is complete.</summary>
    public BestEpoch? Best { get; init; }

    /// <summary>Training steps that each batch norm has seen, those before this run included, by key.</summary>
    public IReadOnlyDictionary<string, long> Counters { get; init; } = new Dictionary<string, long>();
}

/// <summary>
/// <c>resume.safetensors</c>: masters, optimizer state and position in one file that is replaced as a whole. Only <c>--resume</c> reads it. Its
/// bytes depend on seed,
/// data and training options alone: no time, no path, no duration.
/// </summary>
internal static class ResumeFile
{
    private const string PositionKey = "fovea.position", EpochKey = "fovea.epoch", WindowKey = "fovea.window";
    private const string BestKey = "fovea.best", OptimizerKey = "fovea.optimizer";

    /// <summary>Replaces the file.</summary>
    public static void Save(
        string path, Architecture architecture, IReadOnlyList<string> classes, ParameterSet parameters, UpdateRule rule, ResumeState state) =>
        AtomicFile.Write(path, stream => ParameterTensors.Write(
            stream,
            [
                .. ModelFile.Metadata(architecture, classes),
                new(OptimizerKey, rule.Name),
                new(PositionKey, Invariant($"{state.Position.Epochs} {state.Position.Steps} {state.TotalSteps} {state.Updates}")),
                new(EpochKey, Text(state.Epoch)),
                new(WindowKey, Text(state.Window)),
                new(BestKey, state.Best is { } best ? Invariant($"{best.Epoch} {best.ValAcc:R}") : ""),
                .. WeightCounters.Metadata(WeightCounters.After(state.Counters, 0)),
            ],
            ParameterTensors.Of(parameters, rule)));

    /// <summary>Reads how far a run is, without its tensors.</summary>
    public static ResumeState Peek(string path)
    {
        using SafetensorsFile file = ParameterTensors.Open(path);
        return Parse(file);
    }

    /// <summary>Sets parameters and optimizer state, and returns the rest.</summary>
    public static ResumeState Load(string path, ParameterSet parameters, UpdateRule rule)
    {
        using SafetensorsFile file = ParameterTensors.Open(path);
        ResumeState state = Parse(file);
        string optimizer = ModelFile.Required(file, OptimizerKey);
        if (optimizer != rule.Name)
            throw new FoveaException($"{path}: the optimizer's state is that of {optimizer}, but args.json says {rule.Name}. One of both files is "
                + $"of another run.");
        foreach (Parameter parameter in parameters.All)
            parameter.EnsureStates(rule.States.Count);
        return ParameterTensors.Translate(() =>
        {
            ParameterTensors.Read(file, ParameterTensors.Of(parameters, rule), $"Resuming from '{path}'");
            return state;
        });
    }

    private static ResumeState Parse(SafetensorsFile file)
    {
        try
        {
            string[] position = ModelFile.Required(file, PositionKey).Split(' '), best = ModelFile.Required(file, BestKey).Split(' ');
            return new ResumeState
            {
                Position = new RunPosition(Integer(position[0]), Integer(position[1])),
                TotalSteps = long.Parse(position[2], CultureInfo.InvariantCulture),
                // Files from before updates were counted: each step made one.
                Updates = long.Parse(position[position.Length > 3 ? 3 : 2], CultureInfo.InvariantCulture),
                Epoch = Sums(ModelFile.Required(file, EpochKey)),
                Window = Sums(ModelFile.Required(file, WindowKey)),
                Best = best.Length == 2 ? new BestEpoch(Integer(best[0]), Number(best[1])) : null,
                Counters = WeightCounters.Of(file.Metadata, file.Path),
            };
        }
        catch (Exception e) when (e is FormatException or OverflowException or IndexOutOfRangeException)
        {
            throw new FoveaException($"{file.Path}: the run's position cannot be read ({e.Message}). The file is damaged; start a new run from the "
                + $"best checkpoint with --weights.", e);
        }
    }

    private static string Text(LossSums sums) => Invariant($"{sums.Loss:R} {sums.Weight:R} {sums.Correct} {sums.Correct5} {sums.NonFinite}");

    private static LossSums Sums(string text)
    {
        string[] parts = text.Split(' ');
        return new LossSums(Number(parts[0]), Number(parts[1]), Integer(parts[2]), Integer(parts[3]), Integer(parts[4]));
    }

    private static int Integer(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
