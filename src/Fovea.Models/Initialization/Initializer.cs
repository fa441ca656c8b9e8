using Fovea.Engine;
using Fovea.Engine.Planning;
using Fovea.Kernels;
using Fovea.Kernels.Threading;

namespace Fovea.Models;

/// <summary>How fresh parameters get their values. Every value is a function of (seed, parameter, index), so nothing depends on order or threads.</summary>
public abstract class Initializer
{
    /// <summary>Its name on the command line.</summary>
    public abstract string Name { get; }

    /// <summary>Sets every parameter.</summary>
    /// <param name="parameters">The network's parameters, in the order of its layers.</param>
    /// <param name="spec">The network: the paper's initialisation sets some biases to one.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="team">Threads that draw; null for the calling one alone. The values are the same.</param>
    public void Apply(ParameterSet parameters, ModelSpec spec, ulong seed, WorkerTeam? team = null)
    {
        using WorkerTeam? own = team is null ? new WorkerTeam(1) : null;
        for (int i = 0; i < parameters.All.Count; i++)
        {
            Parameter parameter = parameters.All[i];
            // In place: AlexNet's largest weight has 144 MiB, and a second copy of it would be a run's peak.
            Span<float> values = parameter.Data;
            values.Clear();
            // A normalisation starts as the identity, whatever the weights around it are drawn from.
            if (parameter.Spec.Role is ParameterRole.NormScale or ParameterRole.RunningVariance)
                values.Fill(1f);
            else if (parameter.Spec.Role is not (ParameterRole.NormShift or ParameterRole.RunningMean))
                Fill(parameter.Name, parameter.Spec, spec, new InitialDraws((team ?? own)!, new PhiloxKey(seed, RandomStream.Initialization, (uint)i, 0)), values);
            parameter.ArrangeInPlace();
        }
    }

    /// <summary>Images of the training split that <see cref="Fit"/> wants to see, from its beginning; 0 (the default) for none.</summary>
    public virtual int TrainingImages => 0;

    /// <summary>
    /// Sets what follows from training images, after <see cref="Apply"/> and before the first step; nothing by default. Evaluation's transforms made the images, so the
    /// result depends on data and preprocessing alone.
    /// </summary>
    /// <param name="parameters">The network's parameters.</param>
    /// <param name="architecture">The network: the images' shape and how pixels become numbers.</param>
    /// <param name="pixels">At most <see cref="TrainingImages"/> images, u8, NHWC; fewer where the split has fewer or some cannot be read.</param>
    public virtual void Fit(ParameterSet parameters, Architecture architecture, ReadOnlySpan<byte> pixels)
    {
    }

    /// <summary>Fills one parameter in PyTorch's order; <paramref name="values"/> holds zeros.</summary>
    protected abstract void Fill(string name, ParameterSpec parameter, ModelSpec spec, InitialDraws draws, Span<float> values);

    /// <summary>Values of U(-bound, bound).</summary>
    protected static void Uniform(InitialDraws draws, double bound, Span<float> values) => RandomFill.Uniform(draws.Team, draws.Key, bound, values);

    /// <summary>Values of N(0, std^2).</summary>
    protected static void Normal(InitialDraws draws, double std, Span<float> values) => RandomFill.Normal(draws.Team, draws.Key, std, values);

    /// <summary>PyTorch's reset_parameters of Conv2d and Linear: U(-1/sqrt(fan_in), 1/sqrt(fan_in)) for weights and biases.</summary>
    protected static void PyTorchDefault(InitialDraws draws, ParameterSpec parameter, Span<float> values) => Uniform(draws, 1.0 / Math.Sqrt(parameter.FanIn), values);
}

/// <summary>Where the values of one parameter come from.</summary>
/// <param name="Team">The threads that draw them.</param>
/// <param name="Key">The parameter's position among the random numbers.</param>
public readonly record struct InitialDraws(WorkerTeam Team, PhiloxKey Key);
