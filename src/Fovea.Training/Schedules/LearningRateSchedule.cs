namespace Fovea.Training;

/// <summary>The learning rate as a pure function of the position in the run and of the results before it, so that resuming needs no state.</summary>
public abstract class LearningRateSchedule
{
    /// <summary>The learning rate of one update.</summary>
    /// <param name="epoch">The epoch, from 0.</param>
    /// <param name="step">The update in the epoch, from 0. With <c>--accumulate</c> several batches make one.</param>
    /// <param name="stepsPerEpoch">Updates in an epoch, at least 1.</param>
    /// <param name="results">Results of the run's epochs; those before <paramref name="epoch"/> are there, later ones are not looked at.</param>
    public abstract double Rate(int epoch, int step, int stepsPerEpoch, IReadOnlyList<EpochResult> results);
}

/// <summary>What a schedule is made with; each takes some of it (see <see cref="ScheduleSpec.Options"/>).</summary>
public sealed record ScheduleSettings
{
    /// <summary>The learning rate that the run starts from, above 0; onecycle's and triangle's highest.</summary>
    public required double Lr { get; init; }

    /// <summary>Epochs of the run, at least 1.</summary>
    public required int Epochs { get; init; }

    /// <summary>Epochs between two changes, at least 1.</summary>
    public int StepSize { get; init; } = 1;

    /// <summary>Factor of a change, above 0.</summary>
    public double Gamma { get; init; } = 0.1;

    /// <summary>Epochs after which the learning rate changes, rising.</summary>
    public IReadOnlyList<int> Milestones { get; init; } = [];

    /// <summary>Epochs without improvement that are let pass, 0 or more.</summary>
    public int Patience { get; init; } = 10;

    /// <summary>What has to improve.</summary>
    public Monitored Monitor { get; init; }
}

/// <summary>A figure of the validation split that a schedule watches.</summary>
public enum Monitored
{
    /// <summary>The loss, which is to fall.</summary>
    Loss,

    /// <summary>The accuracy, which is to rise.</summary>
    Accuracy,
}

/// <summary>A schedule by name.</summary>
/// <param name="Name">As on the command line: "step".</param>
/// <param name="Summary">What it does, in a line.</param>
/// <param name="Options">Names of the options that it takes besides the learning rate: "gamma".</param>
/// <param name="Required">Those of them that must be given.</param>
/// <param name="Create">Makes the schedule.</param>
public sealed record ScheduleSpec(
    string Name, string Summary, IReadOnlyList<string> Options, IReadOnlyList<string> Required, Func<ScheduleSettings, LearningRateSchedule> Create);
