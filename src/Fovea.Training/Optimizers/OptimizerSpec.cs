using Fovea.Engine;
using Fovea.Engine.Planning;

namespace Fovea.Training;

/// <summary>What an optimizer is made with; each takes some of it (see <see cref="OptimizerSpec.Options"/>).</summary>
public sealed record OptimizerSettings
{
    /// <summary>Share of the last update that is kept, 0 to below 1.</summary>
    public double Momentum { get; init; }

    /// <summary>Nesterov's form of momentum.</summary>
    public bool Nesterov { get; init; }

    /// <summary>Factor of the L2 penalty, 0 or more; of adamw the share of the weights that is taken away, times the learning rate.</summary>
    public double WeightDecay { get; init; }

    /// <summary>True spares everything that is no weight of a convolution or a linear layer: biases, factors and shifts of normalisations.</summary>
    public bool DecayWeightsOnly { get; init; }

    /// <summary>What the learning rate of the summands of normalisations is multiplied with, above 0; their weight decay is divided by it.</summary>
    public double NormBiasRate { get; init; } = 1;

    /// <summary>What the learning rate of a parameter is multiplied with.</summary>
    public double RateOf(Parameter parameter) => parameter.Spec.Role == ParameterRole.NormShift ? NormBiasRate : 1;

    /// <summary>The weight decay of a parameter. Where its rate is another one, what a step takes away of it stays the same.</summary>
    public double DecayOf(Parameter parameter) =>
        DecayWeightsOnly && parameter.Spec.Role is not (ParameterRole.ConvWeight or ParameterRole.LinearWeight) ? 0 : WeightDecay / RateOf(parameter);
}

/// <summary>An optimizer by name.</summary>
/// <param name="Name">As on the command line: "sgd".</param>
/// <param name="Summary">What it does, in a line.</param>
/// <param name="DefaultLr">Learning rate where none is given.</param>
/// <param name="Options">Names of the options that it takes besides the learning rate: "momentum".</param>
/// <param name="Create">Makes the rule.</param>
public sealed record OptimizerSpec(
    string Name, string Summary, double DefaultLr, IReadOnlyList<string> Options, Func<OptimizerSettings, UpdateRule> Create)
{
    /// <summary>Weight decay where none is given.</summary>
    public double DefaultWeightDecay { get; init; }
}
