using Fovea.Engine.Planning;
using Fovea.Kernels;
using Fovea.Kernels.Threading;

namespace Fovea.Training;

/// <summary>
/// An exponential moving average of the parameters beside an optimizer (Polyak and Juditsky, 1992; torch.optim.swa_utils.AveragedModel with
/// avg = decay * avg + (1 - decay) * w; timm's ModelEma): the first update copies them, each further one moves the average. It is a further state of
/// each parameter, so that resuming goes on with it. Running statistics are not averaged: the model takes the live ones, as AveragedModel does.
/// </summary>
/// <param name="inner">The optimizer that moves the parameters.</param>
/// <param name="decay">Share of the average that stays, above 0, below 1.</param>
public sealed class WeightAverage(UpdateRule inner, double decay) : UpdateRule, IShownWeights
{
    /// <inheritdoc/>
    public override string Name => inner.Name;

    /// <inheritdoc/>
    public override IReadOnlyList<string> States { get; } = [.. inner.States, "ema"];

    /// <inheritdoc/>
    public override bool IsElementwise => inner.IsElementwise;

    private int Index => States.Count - 1;

    /// <inheritdoc/>
    public override void Apply(WorkerTeam team, StepState state, Parameter parameter, ReadOnlySpan<float> gradient)
    {
        inner.Apply(team, state, parameter, gradient);
        GradientKernels.Average(team, state.UpdatesDone == 0 ? 1 : 1 - decay, parameter.Data, parameter.State(Index));
    }

    /// <inheritdoc/>
    public IDisposable Show(ParameterSet parameters) => new ShownState(parameters.All.Where(parameter => parameter.Trainable), Index);
}
