using System.Diagnostics;
using Fovea.Data;
using Fovea.Data.Loading;
using Fovea.Engine.Planning;

namespace Fovea.Training;

/// <summary>
/// Measures what an epoch will take, on the run's own plans and data, before its first step. With a learning rate of 0 trained parameters stay where
/// they are; optimizer state and running statistics move, so the caller sets all of it anew.
/// </summary>
/// <param name="options">The run's options.</param>
/// <param name="data">Its data.</param>
/// <param name="inputs">Its plans, compiled.</param>
/// <param name="parameters">Its parameters.</param>
internal sealed class Rehearsal(TrainingOptions options, DataSplits data, TrainingInputs inputs, ParameterSet parameters)
{
    private const int WarmUpSteps = 2, TimedSteps = 20, EvaluatedBatches = 4;

    // Steps of a small network are over before the clock has seen anything; those of a large one must not use up the budget.
    private const double LeastSeconds = 2, LeastShare = 0.02, MostShare = 0.05;

    // A slow disk's.
    private const double CheckpointBytesPerSecond = 400e6;

    /// <summary>Counts the epochs that fit.</summary>
    /// <param name="spent">Seconds of the budget that were gone before.</param>
    /// <param name="cancellation">Ends the measurement.</param>
    public Sizing Measure(Func<double> spent, CancellationToken cancellation)
    {
        double imagesPerSecond = Training(options.TimeBudget!.Time.TotalSeconds, cancellation);
        double seconds = data.Train.Count / imagesPerSecond;
        foreach ((_, EvaluationPass pass) in inputs.Evaluations)
            seconds += pass.Estimate(EvaluatedBatches, cancellation);
        seconds += CheckpointBytes() / CheckpointBytesPerSecond;
        inputs.Loader.ReportAnew();
        return Sizing.Of(options, seconds, imagesPerSecond, spent(), data.Train.Count);
    }

    /// <summary>Training images per second, waiting for the loader included.</summary>
    private double Training(double budget, CancellationToken cancellation)
    {
        double least = Math.Min(LeastSeconds, budget * LeastShare), most = budget * MostShare;
        TrainingSteps steps = new(options, inputs);
        Stopwatch timed = new();
        long images = 0;
        for (int epoch = 0, done = 0; ; epoch++)
        {
            using EpochReader reader = inputs.Loader.Epoch(epoch, cancellation);
            for (int step = 0; reader.Next() is { } batch; step++, done++)
            {
                if (done == WarmUpSteps)
                    timed.Start();
                steps.Run(batch, epoch, step, done, rate: 0);
                images += done >= WarmUpSteps ? batch.Count : 0;
                double seconds = timed.Elapsed.TotalSeconds;
                if (done >= WarmUpSteps && (seconds > most || (seconds >= least && done + 1 - WarmUpSteps >= TimedSteps)))
                    return images / seconds;
            }
        }
    }

    /// <summary>The last model, now and then the best one, and the masters with the optimizer's state.</summary>
    private long CheckpointBytes() =>
        parameters.All.Sum(parameter => parameter.Spec.Elements * (3L + parameter.StateCount) * sizeof(float));
}
