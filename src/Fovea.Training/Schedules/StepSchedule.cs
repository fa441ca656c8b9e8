namespace Fovea.Training;

/// <summary>Multiplies the learning rate with gamma every stepSize epochs (torch.optim.lr_scheduler.StepLR, stepped once per epoch).</summary>
/// <param name="lr">The first learning rate.</param>
/// <param name="stepSize">Epochs between two changes, at least 1.</param>
/// <param name="gamma">Factor of a change.</param>
public sealed class StepSchedule(double lr, int stepSize, double gamma) : LearningRateSchedule
{
    /// <summary>Its entry in the list.</summary>
    public static ScheduleSpec Spec { get; } = new(
        "step", "times --gamma every --step-size epochs", ["step-size", "gamma"], ["step-size"],
        settings => new StepSchedule(settings.Lr, settings.StepSize, settings.Gamma));

    /// <inheritdoc/>
    public override double Rate(int epoch, int step, int stepsPerEpoch, IReadOnlyList<EpochResult> results)
    {
        // Multiplied one by one, as StepLR does: a power would round differently.
        double rate = lr;
        for (int i = epoch / stepSize; i > 0; i--)
            rate *= gamma;
        return rate;
    }
}
