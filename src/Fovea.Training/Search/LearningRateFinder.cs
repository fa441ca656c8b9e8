using Fovea.Data;
using Fovea.Data.Loading;
using Fovea.Engine;
using Fovea.Engine.Planning;
using Fovea.Kernels;

namespace Fovea.Training;

/// <summary>The rates that a <see cref="LearningRateFinder"/> tries.</summary>
public sealed record LearningRateSweep
{
    /// <summary>The first rate, above 0. Default 1e-6.</summary>
    public double From { get; init; } = 1e-6;

    /// <summary>The last rate, above <see cref="From"/>. Default 10.</summary>
    public double To { get; init; } = 10;

    /// <summary>Steps, 10 to 100000, each with a rate by the same factor above the one before. Default 100.</summary>
    public int Steps { get; init; } = 100;

    /// <summary>Told the steps done and all steps after each, on the training thread.</summary>
    public Action<int, int>? Progress { get; init; }
}

/// <summary>
/// Leslie Smith's range test: trains for a few steps while the learning rate rises from far too low to far too high, and looks at the loss. Writes
/// nothing.
/// </summary>
public static class LearningRateFinder
{
    // fastai's rule for when there is nothing more to see.
    private const double Exploded = 4, NewShare = 0.1;

    /// <summary>Runs the test.</summary>
    /// <param name="options">Network, optimizer and batches as the run will have them; rate, schedule and epochs play no part.</param>
    /// <param name="data">The data set.</param>
    /// <param name="sweep">The rates.</param>
    /// <param name="cancellation">Ends the test with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="FoveaException">An option is wrong, or the data do not fit the network.</exception>
    public static LearningRateCurve Run(TrainingOptions options, DataSplits data, LearningRateSweep sweep, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(sweep);
        if (!(sweep.From > 0 && sweep.To > sweep.From && double.IsFinite(sweep.To)))
            throw new FoveaException(FormattableString.Invariant($"--from {sweep.From} --to {sweep.To}: expected rates above 0, the second above the first."));
        if (sweep.Steps is < 10 or > 100_000)
            throw new FoveaException($"--steps {sweep.Steps}: expected 10 to 100000.");
        TrainingOptions resolved = options.Resolved();
        using TrainingInputs inputs = new(resolved, data, resolved.Output);
        string? weights = resolved.Weights is null ? null : RunPaths.FindModel(resolved.Weights, resolved.Output);
        return EngineThread.Run(() =>
        {
            using Runtime runtime = new(resolved.ToRuntimeOptions());
            using ParameterSet parameters = ParameterSet.For(inputs.Graph);
            UpdateRule rule = resolved.CreateOptimizer();
            Freezing.Begin(inputs.Graph, parameters, resolved);
            Trainer.Fill(parameters, resolved, data, weights);
            inputs.CompileTraining(runtime, parameters, resolved, rule);
            return Sweep(resolved, inputs, sweep, cancellation);
        });
    }

    private static LearningRateCurve Sweep(TrainingOptions options, TrainingInputs inputs, LearningRateSweep sweep, CancellationToken cancellation)
    {
        TrainingSteps steps = new(options, inputs);
        List<(double Lr, double Loss)> points = [];
        double smoothed = double.NaN, best = double.PositiveInfinity;
        LossSums group = default;
        long batches = 0;
        for (int epoch = 0; ; epoch++)
        {
            using EpochReader reader = inputs.Loader.Epoch(epoch, cancellation);
            for (int step = 0; reader.Next() is { } batch; step++)
            {
                double rate = sweep.From * Math.Pow(sweep.To / sweep.From, points.Count / (sweep.Steps - 1.0));
                group += steps.Run(batch, epoch, step, batches++, rate);
                if (!steps.IsBoundary(step + 1) || group.Weight == 0)
                    continue;
                double loss = group.Loss / group.Weight;
                group = default;
                if (!double.IsFinite(loss))
                    return LearningRateCurve.Of(points, cut: true);
                points.Add((rate, loss));
                smoothed = double.IsNaN(smoothed) ? loss : smoothed + (NewShare * (loss - smoothed));
                best = Math.Min(best, smoothed);
                sweep.Progress?.Invoke(points.Count, sweep.Steps);
                if (smoothed > Exploded * best)
                    return LearningRateCurve.Of(points, cut: true);
                if (points.Count == sweep.Steps)
                    return LearningRateCurve.Of(points, cut: false);
            }
        }
    }
}
