namespace Fovea.Training;

/// <summary>
/// Multiplies the learning rate with gamma when the validation split has not improved for more than patience epochs
/// (torch.optim.lr_scheduler.ReduceLROnPlateau: an improvement is one of more than 0.01 % of the best so far; no cooldown). What it knows it reads from
/// the results of the epochs, which resuming reads back.
/// </summary>
/// <param name="lr">The first learning rate.</param>
/// <param name="patience">Epochs without improvement that are let pass, 0 or more.</param>
/// <param name="gamma">Factor of a change, above 0, below 1.</param>
/// <param name="monitor">What has to improve.</param>
public sealed class PlateauSchedule(double lr, int patience, double gamma, Monitored monitor) : LearningRateSchedule
{
    private const double Threshold = 1e-4, SmallestChange = 1e-8;

    /// <summary>Its entry in the list.</summary>
    public static ScheduleSpec Spec { get; } = new(
        "plateau", "times --gamma after --patience epochs without improvement", ["patience", "gamma", "monitor"], [],
        settings => new PlateauSchedule(settings.Lr, settings.Patience, settings.Gamma, settings.Monitor));

    /// <inheritdoc/>
    public override double Rate(int epoch, int step, int stepsPerEpoch, IReadOnlyList<EpochResult> results)
    {
        double rate = lr, best = monitor == Monitored.Loss ? double.PositiveInfinity : double.NegativeInfinity;
        for (int i = 0, bad = 0; i < epoch; i++)
        {
            double now = monitor == Monitored.Loss ? results[i].ValLoss : results[i].ValAcc;
            bool better = monitor == Monitored.Loss ? now < best * (1 - Threshold) : now > best * (1 + Threshold);
            (best, bad) = better ? (now, 0) : (best, bad + 1);
            if (bad <= patience)
                continue;
            bad = 0;
            if (rate - (rate * gamma) > SmallestChange)
                rate *= gamma;
        }
        return rate;
    }
}
