using Fovea.Kernels;

namespace Fovea.Engine.Planning;

/// <summary>What changes from one step to the next: the caller sets it before a plan runs, and reads the loss from it afterwards.</summary>
public sealed class StepState
{
    /// <summary>The run's seed.</summary>
    public ulong Seed { get; set; }

    /// <summary>Optimizer steps done before this one, from 0.</summary>
    public long Step { get; set; }

    /// <summary>The learning rate of this step.</summary>
    public double LearningRate { get; set; }

    /// <summary>Loss sums of the last run; only plans with a loss set it. In training the loss contains those of auxiliary outputs, times their weights.</summary>
    public LossSums Loss { get; set; }
}
