namespace Fovea.Training;

/// <summary>The learning rate as a pure function of the position in the run, so that resuming needs no state.</summary>
public abstract class LearningRateSchedule
{
    /// <summary>The learning rate of one step.</summary>
    /// <param name="epoch">The epoch, from 0.</param>
    /// <param name="step">The step in the epoch, from 0.</param>
    /// <param name="stepsPerEpoch">Steps in an epoch, at least 1.</param>
    public abstract double Rate(int epoch, int step, int stepsPerEpoch);
}

/// <summary>What a schedule is made with; each takes some of it (see <see cref="ScheduleSpec.Options"/>).</summary>
public sealed record ScheduleSettings
{
    /// <summary>The learning rate that the run starts from, above 0.</summary>
    public required double Lr { get; init; }

    /// <summary>Epochs of the run, at least 1.</summary>
    public required int Epochs { get; init; }

    /// <summary>Epochs between two changes, at least 1.</summary>
    public int StepSize { get; init; } = 1;

    /// <summary>Factor of a change, above 0.</summary>
    public double Gamma { get; init; } = 0.1;
}

/// <summary>A schedule by name.</summary>
/// <param name="Name">As on the command line: "step".</param>
/// <param name="Summary">What it does, in a line.</param>
/// <param name="Options">Names of the options that it takes besides the learning rate: "gamma".</param>
/// <param name="Required">Those of them that must be given.</param>
/// <param name="Create">Makes the schedule.</param>
public sealed record ScheduleSpec(
    string Name, string Summary, IReadOnlyList<string> Options, IReadOnlyList<string> Required, Func<ScheduleSettings, LearningRateSchedule> Create);
