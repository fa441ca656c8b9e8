using Fovea.Kernels;

namespace Fovea.Training.Tests;

public sealed class LearningRateSearchTests
{
    /// <summary>A loss that falls like a logistic curve around 1e-2 and explodes behind 1.</summary>
    [Fact]
    public void ACurveIsReadWhereItFallsFastestAndWhereItDiverges()
    {
        (double Lr, double Loss)[] steps = [.. Enumerable.Range(0, 141).Select(i => Math.Pow(10, -6 + (i * 0.05))).Select(lr =>
            (lr, 0.3 + (2 / (1 + Math.Pow(lr / 1e-2, 2))) + (lr > 1 ? 3 * Math.Log10(lr) * 4 : 0)))];
        LearningRateCurve curve = LearningRateCurve.Of(steps, cut: false);
        // Within a step of the sweep: the logistic curve in log lr is steepest at its middle.
        Assert.InRange(curve.Steepest!.Value, Math.Pow(10, -2.06), Math.Pow(10, -1.94));
        // 0.3 + 12 log10(lr) passes the first loss of 2.3 at lr = 10^(2/12); smoothing and steps move it by less than four of them.
        Assert.InRange(curve.Diverges!.Value, Math.Pow(10, (2.0 / 12) - 0.2), Math.Pow(10, (2.0 / 12) + 0.2));
        Assert.Equal(curve.Diverges / 10, curve.TenthOfDivergence);
        Assert.Equal(curve.Steepest, curve.Suggestion);
    }

    [Fact]
    public void ATenthOfDivergenceIsSuggestedWhereItIsSmaller()
    {
        (double Lr, double Loss)[] steps = [.. Enumerable.Range(0, 101).Select(i => Math.Pow(10, -4 + (i * 0.04))).Select(lr =>
            (lr, lr < 0.1 ? 2 - (0.1 * Math.Log10(lr / 1e-4)) - (lr > 0.05 ? 1 : 0) : 50.0))];
        LearningRateCurve curve = LearningRateCurve.Of(steps, cut: true);
        Assert.Equal(curve.TenthOfDivergence, curve.Suggestion);
        Assert.True(curve.Suggestion < curve.Steepest);
    }

    /// <summary>
    /// A network's first steps: most of the sweep is flat, and batches differ by more than a hundred steps of it fall. The fall itself is 0.2 over two decades from 1e-3
    /// on; what a line through a decade of noise shows besides has a deviation of 0.03 / sqrt(15) / 0.66 = 0.012 in a logarithm, against 0.043 of the fall.
    /// </summary>
    [Theory]
    [InlineData(1u)]
    [InlineData(2u)]
    [InlineData(3u)]
    [InlineData(4u)]
    [InlineData(5u)]
    [InlineData(6u)]
    public void NoiseOnTheFlatBeginningIsNoFall(uint draw)
    {
        PhiloxKey noise = new(7, RandomStream.Augmentation, draw, 0);
        (double Lr, double Loss)[] steps = [.. Enumerable.Range(0, 100).Select(i => (Lr: Math.Pow(10, -6 + (i * 0.07)), I: (ulong)i)).Select(s =>
            (s.Lr, 2.5 - (0.1 * Math.Clamp(Math.Log10(s.Lr / 1e-3), 0, 2)) + (s.Lr > 0.3 ? 2 * Math.Log10(s.Lr / 0.3) : 0) + (0.03 * noise.Normal(s.I))))];
        LearningRateCurve curve = LearningRateCurve.Of(steps, cut: false);
        Assert.InRange(curve.Steepest!.Value, 5e-4, 0.2);
    }

    [Fact]
    public void ALossThatNeverFallsSuggestsNothing()
    {
        LearningRateCurve rising = LearningRateCurve.Of([.. Enumerable.Range(1, 30).Select(i => ((double)i, (double)i))], cut: false);
        Assert.Null(rising.Suggestion);
        Assert.Equal(1, rising.Lowest);
        Assert.Null(LearningRateCurve.Of([], cut: true).Suggestion);
    }

    [Fact]
    public void ASweepOverANetworkFallsAndThenExplodesAndWritesNothing()
    {
        using TempFolder folder = new();
        TrainingOptions options = Train.Options(folder) with { Momentum = 0.9, Lr = null };
        int told = 0;
        LearningRateCurve curve = LearningRateFinder.Run(options, SyntheticDataset.Splits(), new LearningRateSweep { To = 100, Progress = (done, _) => told = done });
        Assert.Equal(curve.Points.Count, told);
        Assert.True(curve.Points.Count < 100, "the sweep goes on after the loss has exploded");
        Assert.Equal(1e-6, curve.Points[0].Lr);
        Assert.InRange(curve.Suggestion!.Value, 1e-4, 0.5);
        Assert.True(curve.Diverges > curve.Suggestion);
        Assert.False(Directory.Exists(folder["runs"]));
        LearningRateCurve again = LearningRateFinder.Run(options with { Workers = 1 }, SyntheticDataset.Splits(), new LearningRateSweep { To = 100 });
        Assert.Equal(curve.Points, again.Points);
    }

    [Theory]
    [InlineData(0, 1, 100, "--from 0 --to 1")]
    [InlineData(1, 0.1, 100, "the second above the first")]
    [InlineData(0.1, 1, 5, "--steps 5")]
    public void WrongSweepsAreRefused(double from, double to, int steps, string message)
    {
        using TempFolder folder = new();
        LearningRateSweep sweep = new() { From = from, To = to, Steps = steps };
        Assert.Contains(message, Assert.Throws<FoveaException>(() => LearningRateFinder.Run(Train.Options(folder), SyntheticDataset.Splits(), sweep)).Message);
    }
}
