using Fovea.Engine.Planning;
using Fovea.Kernels;
using Fovea.Kernels.Threading;

namespace Fovea.Training;

/// <summary>
/// Adam with decoupled weight decay (Loshchilov and Hutter, "Decoupled weight decay regularization", 2019) as torch.optim.AdamW defines it: betas 0.9
/// and 0.999, eps 1e-8; the decay takes its share of the weights themselves, times the learning rate, and passes by the moments. Default decay 0.01.
/// </summary>
/// <param name="settings">Weight decay.</param>
public sealed class AdamW(OptimizerSettings settings) : UpdateRule
{
    /// <summary>Its entry in the list.</summary>
    public static OptimizerSpec Spec { get; } = new(
        "adamw", "adam whose weight decay acts on the weights and not on the gradient", 1e-3, ["weight-decay", "decay-on"],
        settings => new AdamW(settings))
    {
        DefaultWeightDecay = 0.01,
    };

    /// <inheritdoc/>
    public override string Name => Spec.Name;

    /// <inheritdoc/>
    public override IReadOnlyList<string> States { get; } = ["exp_avg", "exp_avg_sq"];

    /// <inheritdoc/>
    public override bool WritesHalf => true;

    /// <inheritdoc/>
    public override bool IsElementwise => true;

    /// <inheritdoc/>
    public override void Apply(WorkerTeam team, StepState state, Parameter parameter, ReadOnlySpan<float> gradient) =>
        OptimizerKernels.AdamW(
            team, state.LearningRate, Adam.Beta1, Adam.Beta2, Adam.Eps, settings.DecayOf(parameter), state.UpdatesDone + 1,
            gradient, parameter.State(0), parameter.State(1), parameter.Data, parameter.HalfData);
}
