namespace Fovea.Training;

/// <summary>
/// Up from a 25th of the learning rate over the first 30 % of the steps, then down to a 10,000th of where it began, both along cosines (Smith and
/// Topin, "Super-convergence", 2018; torch.optim.lr_scheduler.OneCycleLR with its defaults but cycle_momentum = False: the momentum stays).
/// </summary>
/// <param name="lr">The highest learning rate.</param>
/// <param name="epochs">Epochs of the run.</param>
public sealed class OneCycleSchedule(double lr, int epochs) : LearningRateSchedule
{
    private const double RisingShare = 0.3, FirstDivisor = 25, LastDivisor = 1e4;

    /// <summary>Its entry in the list.</summary>
    public static ScheduleSpec Spec { get; } = new(
        "onecycle", "up to --lr over 30 % of the steps, then down to nearly zero", [], [], settings => new OneCycleSchedule(settings.Lr, settings.Epochs));

    /// <inheritdoc/>
    public override double Rate(int epoch, int step, int stepsPerEpoch, IReadOnlyList<EpochResult> results)
    {
        double done = ((double)epoch * stepsPerEpoch) + step, all = (double)epochs * stepsPerEpoch;
        double first = lr / FirstDivisor, last = first / LastDivisor, turn = (RisingShare * all) - 1;
        // A run so short that its turn is its beginning is at the top there.
        if (done <= turn && turn > 0)
            return Between(first, lr, done / turn);
        return all - 1 > turn ? Between(lr, last, (done - turn) / (all - 1 - turn)) : lr;
    }

    private static double Between(double from, double to, double share) => to + ((from - to) / 2 * (1 + Math.Cos(Math.PI * share)));
}
