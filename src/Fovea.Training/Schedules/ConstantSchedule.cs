namespace Fovea.Training;

/// <summary>One learning rate for the whole run.</summary>
/// <param name="lr">The learning rate.</param>
public sealed class ConstantSchedule(double lr) : LearningRateSchedule
{
    /// <summary>Its entry in the list.</summary>
    public static ScheduleSpec Spec { get; } = new(
        "constant", "one learning rate for the whole run", [], [], settings => new ConstantSchedule(settings.Lr));

    /// <inheritdoc/>
    public override double Rate(int epoch, int step, int stepsPerEpoch, IReadOnlyList<EpochResult> results) => lr;
}
