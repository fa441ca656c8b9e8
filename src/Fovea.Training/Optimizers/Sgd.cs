using Fovea.Engine.Planning;
using Fovea.Kernels;
using Fovea.Kernels.Threading;

namespace Fovea.Training;

/// <summary>
/// Stochastic gradient descent as torch.optim.SGD defines it: the weight decay is added to the gradient, the momentum's buffer holds the undamped
/// sum, and the
/// learning rate multiplies at the end.
/// </summary>
/// <param name="settings">Momentum, Nesterov, weight decay.</param>
public sealed class Sgd(OptimizerSettings settings) : UpdateRule
{
    /// <summary>Its entry in the list.</summary>
    public static OptimizerSpec Spec { get; } = new(
        "sgd", "stochastic gradient descent, with momentum where asked for", 0.01, ["momentum", "nesterov", "weight-decay", "decay-on", "norm-bias-lr"],
        settings => new Sgd(settings));

    /// <inheritdoc/>
    public override string Name => Spec.Name;

    /// <inheritdoc/>
    public override IReadOnlyList<string> States { get; } = settings.Momentum == 0 ? [] : ["momentum_buffer"];

    /// <inheritdoc/>
    public override bool WritesHalf => true;

    /// <inheritdoc/>
    public override bool IsElementwise => true;

    /// <inheritdoc/>
    public override void Apply(WorkerTeam team, StepState state, Parameter parameter, ReadOnlySpan<float> gradient) =>
        OptimizerKernels.Sgd(
            team, state.LearningRate * settings.RateOf(parameter), settings.Momentum, settings.DecayOf(parameter), settings.Nesterov,
            gradient, States.Count == 0 ? default : parameter.State(0), parameter.Data, parameter.HalfData);
}
