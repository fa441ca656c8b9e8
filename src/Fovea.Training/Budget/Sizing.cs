using System.Text.Json.Serialization;
using Fovea.Kernels;

namespace Fovea.Training;

/// <summary>How <c>--time-budget</c> came to the number of epochs: args.json keeps it.</summary>
/// <param name="Epochs">Epochs of the run.</param>
/// <param name="SecondsPerEpoch">What an epoch was expected to take: training, evaluation, checkpoints.</param>
/// <param name="ImagesPerSecond">Measured speed of training, loading included.</param>
/// <param name="SecondsSpent">What had passed of the budget when the epochs were counted.</param>
public sealed record Sizing(int Epochs, double SecondsPerEpoch, double ImagesPerSecond, double SecondsSpent)
{
    /// <summary>Kept back for what a measurement does not see.</summary>
    private const double Reserve = 1.03;

    /// <summary>In words, for the run's beginning.</summary>
    [JsonIgnore]
    public string Text => FormattableString.Invariant(
        $"{Epochs} epoch{(Epochs == 1 ? "" : "s")} of {SecondsPerEpoch:0.0} s, by {ImagesPerSecond:0} images/s measured");

    /// <summary>Counts the epochs.</summary>
    /// <param name="options">The run's options, with a budget.</param>
    /// <param name="secondsPerEpoch">What an epoch takes.</param>
    /// <param name="imagesPerSecond">Speed of training.</param>
    /// <param name="spent">Seconds of the budget that are gone.</param>
    /// <param name="trainImages">Images of the training split.</param>
    /// <exception cref="FoveaException">Not even one epoch fits.</exception>
    public static Sizing Of(TrainingOptions options, double secondsPerEpoch, double imagesPerSecond, double spent, int trainImages)
    {
        TimeBudget budget = options.TimeBudget!;
        double left = budget.Time.TotalSeconds - spent;
        if (left * RunEnd.Tolerance < secondsPerEpoch)
        {
            int fitting = (int)Math.Clamp(trainImages * Math.Max(0, left) / (secondsPerEpoch * Reserve), 1, trainImages);
            throw new FoveaException(FormattableString.Invariant(
                $"--time-budget {budget}: one epoch of {trainImages} images takes about {secondsPerEpoch:0} s at {imagesPerSecond:0} images/s, and {left:0} s are left after {spent:0} s of setting up. Give more time, or fewer images: --limit-train {fitting} would fit once."));
        }
        int epochs = (int)Math.Clamp(left / (secondsPerEpoch * Reserve), 1, options.Epochs);
        return new Sizing(epochs, secondsPerEpoch, imagesPerSecond, spent);
    }
}
