using Fovea.Kernels;

namespace Fovea.Engine.Planning;

/// <summary>What changes from one step to the next: the caller sets it before a plan runs, and reads the loss from it afterwards.</summary>
public sealed class StepState
{
    /// <summary>The run's seed.</summary>
    public ulong Seed { get; set; }

    /// <summary>Batches trained on before this one, from 0: what is random in a step is keyed by it.</summary>
    public long Step { get; set; }

    /// <summary>Updates done before this one, from 0; null where every step makes one, so that they are as many as <see cref="Step"/>.</summary>
    public long? Updates { get; set; }

    /// <summary>Updates done before this one, from 0.</summary>
    public long UpdatesDone => Updates ?? Step;

    /// <summary>
    /// Label weights of the batches that were accumulated since the last update, without this one; 0 for the first of them. Only plans with
    /// <see cref="PlanOptions.Accumulate"/> look at it.
    /// </summary>
    public double AccumulatedWeight { get; set; }

    /// <summary>Norm of all gradients together in the last update; only plans with <see cref="PlanOptions.ClipNorm"/> set it.</summary>
    public double GradientNorm { get; set; }

    /// <summary>The learning rate of this step.</summary>
    public double LearningRate { get; set; }

    /// <summary>Loss sums of the last run; only plans with a loss set it. In training the loss contains those of auxiliary outputs, times their weights.</summary>
    public LossSums Loss { get; set; }
}
