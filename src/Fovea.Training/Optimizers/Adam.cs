using Fovea.Engine.Planning;
using Fovea.Kernels;
using Fovea.Kernels.Threading;

namespace Fovea.Training;

/// <summary>
/// Adam (Kingma and Ba, 2015) as torch.optim.Adam defines it: betas 0.9 and 0.999, eps 1e-8, weight decay as an L2 penalty on the gradient.
/// </summary>
/// <param name="settings">Weight decay.</param>
public sealed class Adam(OptimizerSettings settings) : UpdateRule
{
    internal const double Beta1 = 0.9, Beta2 = 0.999, Eps = 1e-8;

    /// <summary>Its entry in the list.</summary>
    public static OptimizerSpec Spec { get; } = new(
        "adam", "a step size of its own for each value, from running moments of its gradient", 1e-3, ["weight-decay", "decay-on"],
        settings => new Adam(settings));

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
        OptimizerKernels.Adam(
            team, state.LearningRate, Beta1, Beta2, Eps, settings.DecayOf(parameter), state.UpdatesDone + 1,
            gradient, parameter.State(0), parameter.State(1), parameter.Data, parameter.HalfData);
}
