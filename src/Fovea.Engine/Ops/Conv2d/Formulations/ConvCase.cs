using Fovea.Engine.Backends;
using Fovea.Engine.Planning;
using Fovea.Kernels;

namespace Fovea.Engine.Ops;

/// <summary>What is computed of a convolution.</summary>
internal enum ConvPass
{
    /// <summary>Its result.</summary>
    Forward,

    /// <summary>The gradient of its source.</summary>
    BackwardData,

    /// <summary>The gradients of weights and bias.</summary>
    BackwardWeights,
}

/// <summary>A convolution in a plan of oneDNN's: what its formulations look at.</summary>
/// <param name="Op">The convolution.</param>
/// <param name="OneDnn">The backend.</param>
/// <param name="Batch">Images.</param>
/// <param name="Src">One image of the source.</param>
/// <param name="Dst">One image of the result.</param>
/// <param name="Precision">The plan's.</param>
/// <param name="Training">True where a backward pass follows.</param>
internal sealed record ConvCase(Conv2d Op, OneDnnBackend OneDnn, int Batch, TensorShape Src, TensorShape Dst, Precision Precision, bool Training)
{
    /// <summary>The sizes as Fovea's kernels take them.</summary>
    public Conv2dShape Shape { get; } = Op.KernelShape(Batch, Src, Dst);

    /// <summary>What a table knows the pass by.</summary>
    public string Key(ConvPass pass)
    {
        string what = pass switch { ConvPass.Forward => "forward", ConvPass.BackwardData => "backward data", _ => "backward weights" };
        return $"Conv2d {Src} -> {Op.Details}; batch {Batch}, {Precision.Name()}, {(Training ? "training" : "inference")}: {what}";
    }
}
