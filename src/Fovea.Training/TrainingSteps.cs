using Fovea.Data.Loading;
using Fovea.Engine;
using Fovea.Kernels;

namespace Fovea.Training;

/// <summary>
/// Batches through the training plans: mixes them, runs them, and updates the parameters after each, or after as many as <c>--accumulate</c> says and at
/// the end of an epoch.
/// </summary>
/// <param name="options">The run's options, resolved.</param>
/// <param name="inputs">Plans and loader.</param>
internal sealed class TrainingSteps(TrainingOptions options, TrainingInputs inputs)
{
    private readonly BatchMixer? _mixer = BatchMixer.Of(options);
    private double _groupWeight;

    /// <summary>Updates done so far: what an optimizer calls its step.</summary>
    public long Updates { get; set; }

    /// <summary>Where the first value that is not finite came up, after a batch whose loss was not; null where that is not known.</summary>
    public string? Cause { get; private set; }

    /// <summary>True where several batches make an update.</summary>
    public bool Accumulates => options.Accumulate > 1;

    /// <summary>Updates in an epoch.</summary>
    public int UpdatesPerEpoch => ((inputs.Loader.BatchesPerEpoch - 1) / options.Accumulate) + 1;

    /// <summary>The update that a batch of an epoch, from 0, belongs to.</summary>
    public int UpdateOf(int step) => step / options.Accumulate;

    /// <summary>True where no batch waits for its update after so many batches of an epoch: only then can a run be cut.</summary>
    public bool IsBoundary(int steps) => steps % options.Accumulate == 0 || steps == inputs.Loader.BatchesPerEpoch;

    /// <summary>Trains on a batch.</summary>
    /// <param name="batch">The batch; one without a single sound image is passed over, since momentum and weight decay would act without a gradient.</param>
    /// <param name="epoch">The epoch, from 0.</param>
    /// <param name="step">The batch in the epoch, from 0.</param>
    /// <param name="totalSteps">Batches before it in the run.</param>
    /// <param name="rate">The learning rate.</param>
    /// <returns>The batch's sums.</returns>
    public LossSums Run(LoaderBatch batch, int epoch, int step, long totalSteps, double rate)
    {
        Plan plan = inputs.PlanFor(batch.Count);
        LossSums sums = default;
        (plan.State.LearningRate, plan.State.Updates) = (rate, Updates);
        if (batch.BrokenCount < batch.Count)
        {
            batch.Pixels.CopyTo(plan.Pixels);
            batch.Labels.CopyTo(plan.Labels);
            _mixer?.Mix(plan.Pixels, plan.Labels, epoch, step);
            (plan.State.Seed, plan.State.Step, plan.State.AccumulatedWeight) = (options.Seed, totalSteps, _groupWeight);
            plan.Run();
            sums = plan.State.Loss;
            if (sums.NonFinite > 0)
            {
                Cause = plan.FindNonFinite();
                return sums;
            }
            _groupWeight += sums.Weight;
        }
        if (!IsBoundary(step + 1) || _groupWeight == 0)
            return sums;
        if (Accumulates)
            plan.Update();
        Updates++;
        _groupWeight = 0;
        return sums;
    }
}
