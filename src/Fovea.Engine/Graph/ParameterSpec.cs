namespace Fovea.Engine;

/// <summary>What a parameter is for; initialisers and weight decay look at it.</summary>
public enum ParameterRole
{
    /// <summary>Weights of a convolution, OIHW.</summary>
    ConvWeight,

    /// <summary>Weights of a linear layer, [out, in].</summary>
    LinearWeight,

    /// <summary>A bias.</summary>
    Bias,

    /// <summary>The factor of a normalisation (PyTorch's "weight" of BatchNorm2d).</summary>
    NormScale,

    /// <summary>What a normalisation adds (PyTorch's "bias" of BatchNorm2d).</summary>
    NormShift,

    /// <summary>A running mean: stored with the parameters, but not trained.</summary>
    RunningMean,

    /// <summary>A running variance: stored with the parameters, but not trained.</summary>
    RunningVariance,
}

/// <summary>A parameter that an op needs, as the description knows it.</summary>
/// <param name="Suffix">Last part of its key: "weight", "bias".</param>
/// <param name="Shape">Dimensions in PyTorch's order.</param>
/// <param name="Role">What it is for.</param>
/// <param name="FanIn">Inputs that one output sums over.</param>
/// <param name="FanOut">Outputs that one input reaches.</param>
public sealed record ParameterSpec(string Suffix, int[] Shape, ParameterRole Role, long FanIn, long FanOut)
{
    /// <summary>
    /// Where set, each row of the parameter has C * H * W columns that lie in HWC order in memory and in CHW order in files: the weights of a Linear that
    /// reads a flattened image.
    /// </summary>
    public TensorShape? Columns { get; init; }

    /// <summary>True for what the network's description keeps as it was initialised (requires_grad False): saved and loaded, never trained, and not counted.</summary>
    public bool IsFixed { get; init; }

    /// <summary>True for what gradients change; false for statistics that the forward pass keeps (PyTorch's buffers), and for what is fixed.</summary>
    public bool IsTrained => !IsFixed && Role is not (ParameterRole.RunningMean or ParameterRole.RunningVariance);

    /// <summary>Values in the parameter.</summary>
    public long Elements => Shape.Aggregate(1L, (product, dim) => product * dim);
}
