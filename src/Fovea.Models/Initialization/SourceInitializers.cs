using Fovea.Engine;

namespace Fovea.Models;

/// <summary>torchvision's ResNet: convolutions N(0, 2/fan_out), the linear layer as PyTorch makes it.</summary>
internal sealed class ResNetInitializer : Initializer
{
    public override string Name => "resnet";

    protected override void Fill(string name, ParameterSpec parameter, ModelSpec spec, InitialDraws draws, Span<float> values)
    {
        if (parameter.Role == ParameterRole.ConvWeight)
            Normal(draws, Math.Sqrt(2.0 / parameter.FanOut), values);
        else
            PyTorchDefault(draws, parameter, values);
    }
}

/// <summary>He et al. 2015: all weights N(0, 2/fan_in), as the source of the published CIFAR networks draws them; biases as PyTorch makes them.</summary>
internal sealed class HeInitializer : Initializer
{
    public override string Name => "he";

    protected override void Fill(string name, ParameterSpec parameter, ModelSpec spec, InitialDraws draws, Span<float> values)
    {
        if (parameter.Role is ParameterRole.ConvWeight or ParameterRole.LinearWeight)
            Normal(draws, Math.Sqrt(2.0 / parameter.FanIn), values);
        else
            PyTorchDefault(draws, parameter, values);
    }
}

/// <summary>torchvision's SqueezeNet: convolutions U(-b, b) with b = sqrt(6/fan_in), the last one N(0, 0.01^2); biases zero.</summary>
internal sealed class SqueezeNetInitializer : Initializer
{
    public override string Name => "squeezenet";

    protected override void Fill(string name, ParameterSpec parameter, ModelSpec spec, InitialDraws draws, Span<float> values)
    {
        if (parameter.Role != ParameterRole.ConvWeight)
            return;
        if (name.StartsWith("classifier.", StringComparison.Ordinal))
            Normal(draws, 0.01, values);
        else
            Uniform(draws, Math.Sqrt(6.0 / parameter.FanIn), values);
    }
}

/// <summary>torchvision's DenseNet: convolutions N(0, 2/fan_in), the linear layer as PyTorch makes it but with biases of zero.</summary>
internal sealed class DenseNetInitializer : Initializer
{
    public override string Name => "densenet";

    protected override void Fill(string name, ParameterSpec parameter, ModelSpec spec, InitialDraws draws, Span<float> values)
    {
        if (parameter.Role == ParameterRole.ConvWeight)
            Normal(draws, Math.Sqrt(2.0 / parameter.FanIn), values);
        else if (parameter.Role == ParameterRole.LinearWeight)
            PyTorchDefault(draws, parameter, values);
    }
}

/// <summary>torchvision's GoogLeNet: all weights N(0, 0.01^2), biases as PyTorch makes them.</summary>
internal sealed class GoogLeNetInitializer : Initializer
{
    public override string Name => "googlenet";

    protected override void Fill(string name, ParameterSpec parameter, ModelSpec spec, InitialDraws draws, Span<float> values)
    {
        if (parameter.Role is ParameterRole.ConvWeight or ParameterRole.LinearWeight)
            Normal(draws, 0.01, values);
        else
            PyTorchDefault(draws, parameter, values);
    }
}
