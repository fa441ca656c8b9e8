namespace Fovea.Training;

/// <summary>
/// Straight up from a fifth of the learning rate over the first 23 % of the steps, then straight down to 7 % of it behind the last one (Jordan 2024, arXiv 2404.00498,
/// section 3.1: "triangle" with start 0.2, peak 0.23, end 0.07; in PyTorch a LambdaLR of numpy.interp).
/// </summary>
/// <param name="lr">The highest learning rate.</param>
/// <param name="epochs">Epochs of the run.</param>
public sealed class TriangleSchedule(double lr, int epochs) : LearningRateSchedule
{
    private const double First = 0.2, Peak = 0.23, Last = 0.07;

    /// <summary>Its entry in the list.</summary>
    public static ScheduleSpec Spec { get; } = new(
        "triangle", "up to --lr from a fifth of it over 23 % of the steps, then down to 7 %", [], [], settings => new TriangleSchedule(settings.Lr, settings.Epochs));

    /// <inheritdoc/>
    public override double Rate(int epoch, int step, int stepsPerEpoch, IReadOnlyList<EpochResult> results)
    {
        double done = ((double)epoch * stepsPerEpoch) + step, all = (double)epochs * stepsPerEpoch, turn = Math.Floor(Peak * all);
        return done < turn ? lr * (First + ((1 - First) * done / turn)) : lr * (1 + ((Last - 1) * (done - turn) / (all - turn)));
    }
}
