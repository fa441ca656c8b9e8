using Fovea.Engine.Planning;
using Fovea.Kernels;
using Fovea.Kernels.Threading;

namespace Fovea.Training;

/// <summary>
/// RMSprop (Tieleman and Hinton, lecture 6.5 of "Neural networks for machine learning", 2012) as torch.optim.RMSprop defines it: alpha 0.99, eps 1e-8
/// outside the root, not centred, momentum over the divided gradient, weight decay as an L2 penalty.
/// </summary>
/// <param name="settings">Momentum, weight decay.</param>
public sealed class RmsProp(OptimizerSettings settings) : UpdateRule
{
    private const double Alpha = 0.99, Eps = 1e-8;

    /// <summary>Its entry in the list.</summary>
    public static OptimizerSpec Spec { get; } = new(
        "rmsprop", "gradients divided by the root of their running mean square", 0.01, ["momentum", "weight-decay", "decay-on"],
        settings => new RmsProp(settings));

    /// <inheritdoc/>
    public override string Name => Spec.Name;

    /// <inheritdoc/>
    public override IReadOnlyList<string> States { get; } = settings.Momentum == 0 ? ["square_avg"] : ["square_avg", "momentum_buffer"];

    /// <inheritdoc/>
    public override bool WritesHalf => true;

    /// <inheritdoc/>
    public override bool IsElementwise => true;

    /// <inheritdoc/>
    public override void Apply(WorkerTeam team, StepState state, Parameter parameter, ReadOnlySpan<float> gradient) =>
        OptimizerKernels.RmsProp(
            team, state.LearningRate, Alpha, Eps, settings.Momentum, settings.DecayOf(parameter),
            gradient, parameter.State(0), settings.Momentum == 0 ? default : parameter.State(1), parameter.Data, parameter.HalfData);
}
