namespace Fovea.Training;

/// <summary>Multiplies the learning rate with gamma after each of some epochs (torch.optim.lr_scheduler.MultiStepLR, stepped once per epoch).</summary>
/// <param name="lr">The first learning rate.</param>
/// <param name="milestones">Epochs after which it changes: 30 is the 31st epoch's first step.</param>
/// <param name="gamma">Factor of a change.</param>
public sealed class MultiStepSchedule(double lr, IReadOnlyList<int> milestones, double gamma) : LearningRateSchedule
{
    /// <summary>Its entry in the list.</summary>
    public static ScheduleSpec Spec { get; } = new(
        "multistep", "times --gamma after each epoch of --milestones", ["milestones", "gamma"], ["milestones"],
        settings => new MultiStepSchedule(settings.Lr, settings.Milestones, settings.Gamma));

    /// <inheritdoc/>
    public override double Rate(int epoch, int step, int stepsPerEpoch, IReadOnlyList<EpochResult> results)
    {
        double rate = lr;
        for (int i = 0; i < milestones.Count; i++)
            rate *= epoch >= milestones[i] ? gamma : 1;
        return rate;
    }
}
