namespace Fovea.Training;

/// <summary>A step of a sweep.</summary>
/// <param name="Lr">Its learning rate.</param>
/// <param name="Loss">The loss of its batch, before its update.</param>
/// <param name="Smoothed">The mean over the steps around it.</param>
public sealed record LearningRatePoint(double Lr, double Loss, double Smoothed);

/// <summary>
/// What a sweep of the learning rate shows (Smith, "Cyclical learning rates for training neural networks", 2017, section 3.3). Null where the curve does
/// not show it.
/// </summary>
/// <param name="Points">The steps in order.</param>
/// <param name="Suggestion">The smaller of <paramref name="Steepest"/> and <paramref name="TenthOfDivergence"/>.</param>
/// <param name="Steepest">Where the loss falls fastest over the logarithm of the learning rate, by a line through a decade of rates around it.</param>
/// <param name="Lowest">Where the smoothed loss is lowest.</param>
/// <param name="Diverges">The first rate behind it at which the loss is above that of the beginning, or at which the sweep ended for its sake.</param>
/// <param name="TenthOfDivergence">A tenth of <paramref name="Diverges"/>.</param>
public sealed record LearningRateCurve(
    IReadOnlyList<LearningRatePoint> Points, double? Suggestion, double? Steepest, double? Lowest, double? Diverges, double? TenthOfDivergence)
{
    // Batches differ by more than neighbouring rates do.
    private const int StepsAround = 3;

    /// <summary>Reads a curve.</summary>
    /// <param name="steps">Learning rates, rising, and losses.</param>
    /// <param name="cut">True where the sweep ended before its last rate, because the loss had exploded.</param>
    public static LearningRateCurve Of(IReadOnlyList<(double Lr, double Loss)> steps, bool cut)
    {
        LearningRatePoint[] points = [.. steps.Select((step, i) => new LearningRatePoint(step.Lr, step.Loss, MeanAround(steps, i)))];
        if (points.Length == 0)
            return new LearningRateCurve([], null, null, null, null, null);
        int lowest = Enumerable.Range(0, points.Length).MinBy(i => points[i].Smoothed), steepest = -1;
        double fall = 0;
        for (int i = 1; i < lowest; i++)
        {
            double slope = SlopeAround(points, i, lowest);
            if (slope < fall)
                (fall, steepest) = (slope, i);
        }
        double? diverges = points.Skip(lowest).FirstOrDefault(p => p.Smoothed > points[0].Smoothed)?.Lr ?? (cut ? points[^1].Lr : null);
        double? best = steepest < 0 ? null : points[steepest].Lr, tenth = diverges / 10;
        double? suggestion = best is { } a && tenth is { } b ? Math.Min(a, b) : best;
        return new LearningRateCurve(points, suggestion, best, points[lowest].Lr, diverges, tenth);
    }

    /// <summary>
    /// The slope of the straight line that fits the losses best over half a decade on each side, up to the lowest loss. Between two neighbours a batch's luck
    /// decides, and most of a sweep is a flat beginning: its luckiest pair would win.
    /// </summary>
    private static double SlopeAround(LearningRatePoint[] points, int index, int last)
    {
        double reach = Math.Sqrt(10) * 1.000001, n = 0, x = 0, y = 0, xx = 0, xy = 0;
        (int first, int end) = (index, index);
        while (first > 0 && points[index].Lr / points[first - 1].Lr <= reach)
            first--;
        while (end < last && points[end + 1].Lr / points[index].Lr <= reach)
            end++;
        // As many on each side: at the ends of the curve, fewer.
        int side = Math.Max(1, Math.Min(index - first, end - index));
        for (int i = index - side; i <= index + side; i++)
        {
            double log = Math.Log(points[i].Lr / points[index].Lr);
            (n, x, y, xx, xy) = (n + 1, x + log, y + points[i].Loss, xx + log * log, xy + log * points[i].Loss);
        }
        // Few points near the ends are as lucky as neighbours are: what they show counts by the share of a decade that they cover.
        double slope = (n * xy - x * y) / (n * xx - x * x);
        return slope * Math.Min(1, Math.Log(points[index + side].Lr / points[index - side].Lr) / Math.Log(10) * 1.2);
    }

    private static double MeanAround(IReadOnlyList<(double Lr, double Loss)> steps, int index)
    {
        // As many before as behind, so that the mean does not lag; fewer at the ends.
        int reach = Math.Min(StepsAround, Math.Min(index, steps.Count - 1 - index));
        double sum = 0;
        for (int i = index - reach; i <= index + reach; i++)
            sum += steps[i].Loss;
        return sum / (2 * reach + 1);
    }
}
