namespace Fovea.Training;

/// <summary>
/// Half a cosine from the learning rate to zero over the run's steps (Loshchilov and Hutter, "SGDR", 2017, without restarts;
/// torch.optim.lr_scheduler.CosineAnnealingLR with T_max = all steps and eta_min = 0, stepped after every step).
/// </summary>
/// <param name="lr">The first learning rate.</param>
/// <param name="epochs">Epochs of the run.</param>
public sealed class CosineSchedule(double lr, int epochs) : LearningRateSchedule
{
    /// <summary>Its entry in the list.</summary>
    public static ScheduleSpec Spec { get; } = new(
        "cosine", "half a cosine down to zero, step by step", [], [], settings => new CosineSchedule(settings.Lr, settings.Epochs));

    /// <inheritdoc/>
    public override double Rate(int epoch, int step, int stepsPerEpoch, IReadOnlyList<EpochResult> results)
    {
        double done = ((double)epoch * stepsPerEpoch) + step, all = (double)epochs * stepsPerEpoch;
        return lr * (1 + Math.Cos(Math.PI * done / all)) / 2;
    }
}
