using Fovea.Engine;
using Fovea.Engine.Planning;
using Fovea.Kernels;
using Fovea.Kernels.Threading;

namespace Fovea.Training;

/// <summary>
/// Slow weights behind an optimizer (Zhang et al. 2019, "Lookahead optimizer: k steps forward, 1 step back"), in the form of Jordan 2024 (arXiv 2404.00498, section 3.4):
/// after every k-th of T updates, at update t, slow = d * slow + (1 - d) * w with d = 0.95^k * (t / T)^3, and w = slow. At first the slow weights follow at once; near
/// the end they are an average over the last updates. They are the model that is evaluated and saved. Running statistics are averaged too, as they belong to the weights.
/// </summary>
/// <param name="inner">The optimizer that moves the parameters.</param>
/// <param name="every">Updates between two meetings, k, at least 1.</param>
public sealed class Lookahead(UpdateRule inner, int every) : UpdateRule, IShownWeights
{
    private const double Base = 0.95, Power = 3;

    /// <inheritdoc/>
    public override string Name => inner.Name;

    /// <inheritdoc/>
    public override IReadOnlyList<string> States { get; } = [.. inner.States, "slow"];

    /// <inheritdoc/>
    public override bool WritesHalf => inner.WritesHalf;

    /// <inheritdoc/>
    public override bool IsElementwise => inner.IsElementwise;

    private int Index => States.Count - 1;

    /// <inheritdoc/>
    public override bool Keeps(int state, Parameter parameter) => state == Index ? HasSlow(parameter) : inner.Keeps(state, parameter);

    /// <inheritdoc/>
    public override void Apply(WorkerTeam team, StepState state, Parameter parameter, ReadOnlySpan<float> gradient) => inner.Apply(team, state, parameter, gradient);

    /// <summary>The slow weights begin where the parameters are.</summary>
    /// <param name="parameters">The parameters, before the first update.</param>
    public void Begin(ParameterSet parameters)
    {
        foreach (Parameter parameter in parameters.All.Where(HasSlow))
        {
            parameter.EnsureStates(States.Count);
            parameter.Data.CopyTo(parameter.State(Index));
        }
    }

    /// <summary>Lets parameters and slow weights meet, where it is time to. Allocates nothing.</summary>
    /// <param name="parameters">The parameters, after an update.</param>
    /// <param name="updates">Updates done, that one included.</param>
    /// <param name="all">Updates of the whole run.</param>
    public void Meet(ParameterSet parameters, long updates, long all)
    {
        if (updates % every != 0)
            return;
        double decay = Math.Pow(Base, every) * Math.Pow(Math.Min(1, (double)updates / all), Power);
        for (int i = 0; i < parameters.All.Count; i++)
        {
            Parameter parameter = parameters.All[i];
            if (!HasSlow(parameter) || parameter.StateCount <= Index)
                continue;
            GradientKernels.Meet(1 - decay, parameter.Data, parameter.State(Index));
            parameter.Changed();
        }
    }

    /// <inheritdoc/>
    public IDisposable Show(ParameterSet parameters) => new ShownState(parameters.All.Where(HasSlow), Index);

    private static bool HasSlow(Parameter parameter) =>
        parameter.Trainable || parameter.Spec.Role is ParameterRole.RunningMean or ParameterRole.RunningVariance;
}
