using Fovea.Engine;
using Fovea.Kernels;

namespace Fovea.Models;

/// <summary>The initialisations by name: one explicit list.</summary>
public static class Initializers
{
    /// <summary>Every initialisation.</summary>
    public static IReadOnlyList<Initializer> All { get; } =
    [
        new PyTorchInitializer(), new KaimingInitializer(), new XavierInitializer(), new PaperInitializer(),
    ];

    /// <summary>Initialisations of single sources, which entries of the zoo name; no option of the command line.</summary>
    private static Initializer[] OfSources { get; } =
        [new ResNetInitializer(), new HeInitializer(), new SqueezeNetInitializer(), new DenseNetInitializer(), new GoogLeNetInitializer(), new AirBenchInitializer()];

    /// <summary>The initialisation of this name; "default" is the network's own.</summary>
    /// <exception cref="FoveaException">There is none of this name.</exception>
    public static Initializer Find(string name, ModelSpec spec)
    {
        string wanted = name == "default" ? spec.Initialization : name;
        return (name == "default" ? All.Concat(OfSources) : All).FirstOrDefault(i => i.Name == wanted)
            ?? throw new FoveaException($"--init {name} is not known.{NearestName.Hint(name, Names)} Expected {string.Join(", ", Names)}.");
    }

    /// <summary>What <c>--init</c> takes.</summary>
    public static IEnumerable<string> Names => All.Select(i => i.Name).Prepend("default");
}

/// <summary>PyTorch's layers as they come: Kaiming uniform with a = sqrt(5), which is U(-1/sqrt(fan_in), 1/sqrt(fan_in)), biases alike.</summary>
internal sealed class PyTorchInitializer : Initializer
{
    public override string Name => "pytorch";

    protected override void Fill(string name, ParameterSpec parameter, ModelSpec spec, InitialDraws draws, Span<float> values) => PyTorchDefault(draws, parameter, values);
}

/// <summary>He et al. 2015: convolutions N(0, 2/fan_out) for ReLU, linear layers N(0, 0.01^2), biases zero.</summary>
internal sealed class KaimingInitializer : Initializer
{
    public override string Name => "kaiming";

    protected override void Fill(string name, ParameterSpec parameter, ModelSpec spec, InitialDraws draws, Span<float> values)
    {
        if (parameter.Role == ParameterRole.ConvWeight)
            Normal(draws, Math.Sqrt(2.0 / parameter.FanOut), values);
        else if (parameter.Role == ParameterRole.LinearWeight)
            Normal(draws, 0.01, values);
    }
}

/// <summary>Glorot and Bengio 2010: weights U(-b, b) with b = sqrt(6/(fan_in + fan_out)). Drawn for weights alone: biases keep PyTorch's default.</summary>
internal sealed class XavierInitializer : Initializer
{
    public override string Name => "xavier";

    protected override void Fill(string name, ParameterSpec parameter, ModelSpec spec, InitialDraws draws, Span<float> values)
    {
        if (parameter.Role is ParameterRole.ConvWeight or ParameterRole.LinearWeight)
            Uniform(draws, Math.Sqrt(6.0 / (parameter.FanIn + parameter.FanOut)), values);
        else
            PyTorchDefault(draws, parameter, values);
    }
}

/// <summary>Krizhevsky et al. 2012, section 5: weights N(0, 0.01^2); biases one where the network's entry says so and zero elsewhere.</summary>
internal sealed class PaperInitializer : Initializer
{
    public override string Name => "paper";

    protected override void Fill(string name, ParameterSpec parameter, ModelSpec spec, InitialDraws draws, Span<float> values)
    {
        if (parameter.Role is ParameterRole.ConvWeight or ParameterRole.LinearWeight)
            Normal(draws, 0.01, values);
        else if (spec.BiasesOfOne.Contains(name))
            values.Fill(1f);
    }
}
