namespace Fovea.Kernels;

/// <summary>The three computations of a convolution.</summary>
public enum ConvPass
{
    /// <summary>The result.</summary>
    Forward,

    /// <summary>The gradient of the source.</summary>
    BackwardData,

    /// <summary>The gradients of the weights and the bias.</summary>
    BackwardWeights,
}
