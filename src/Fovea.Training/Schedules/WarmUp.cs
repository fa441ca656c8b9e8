namespace Fovea.Training;

/// <summary>
/// A linear beginning before any schedule (Goyal et al., "Accurate, large minibatch SGD", 2017, section 2.2): update i of the first n, from 0, has
/// (i + 1) / n of the rate that the schedule gives it, which goes on counting from the run's beginning. In PyTorch:
/// ChainedScheduler of LinearLR(start_factor = 1 / n, total_iters = n - 1) and the schedule.
/// </summary>
/// <param name="schedule">The schedule.</param>
/// <param name="epochs">Epochs of the beginning, at least 1.</param>
public sealed class WarmUp(LearningRateSchedule schedule, int epochs) : LearningRateSchedule
{
    /// <inheritdoc/>
    public override double Rate(int epoch, int step, int stepsPerEpoch, IReadOnlyList<EpochResult> results)
    {
        double rate = schedule.Rate(epoch, step, stepsPerEpoch, results);
        double done = ((double)epoch * stepsPerEpoch) + step + 1, all = (double)epochs * stepsPerEpoch;
        return done < all ? rate * (done / all) : rate;
    }
}
