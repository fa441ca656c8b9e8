namespace Fovea.OneDnn;

/// <summary>
/// What a memory is to a primitive (DNNL_ARG_*). Values are oneDNN's. The sources of <see cref="IOneDnn.Sum"/> and <see cref="IOneDnn.Concat"/> are
/// <c>Arg.MultipleSrc + i</c>.
/// </summary>
public enum Arg
{
    /// <summary>No argument.</summary>
    None = 0,

    /// <summary>The source; a reorder's from.</summary>
    Src = 1,

    /// <summary>A binary primitive's second source.</summary>
    Src1 = 2,

    /// <summary>The result; a reorder's to.</summary>
    Dst = 17,

    /// <summary>Weights of a convolution, inner product or matrix product.</summary>
    Weights = 33,

    /// <summary>Bias.</summary>
    Bias = 41,

    /// <summary>Batch norm: mean by channel; an input with global statistics and backward, otherwise an output.</summary>
    Mean = 49,

    /// <summary>Batch norm: (biased) variance by channel; an input with global statistics and backward, otherwise an output.</summary>
    Variance = 50,

    /// <summary>Batch norm: gamma.</summary>
    Scale = 51,

    /// <summary>Batch norm: beta.</summary>
    Shift = 52,

    /// <summary>What a training forward pass leaves for the backward pass (indices of max pooling, sums of LRN).</summary>
    Workspace = 64,

    /// <summary>Memory that a primitive needs only while it runs.</summary>
    Scratchpad = 80,

    /// <summary>Gradient of the source.</summary>
    DiffSrc = 129,

    /// <summary>Gradient of the result.</summary>
    DiffDst = 145,

    /// <summary>Gradient of the weights.</summary>
    DiffWeights = 161,

    /// <summary>Gradient of the bias.</summary>
    DiffBias = 169,

    /// <summary>Batch norm: gradient of gamma.</summary>
    DiffScale = 255,

    /// <summary>Batch norm: gradient of beta.</summary>
    DiffShift = 256,

    /// <summary>The first of several sources; add the source's number.</summary>
    MultipleSrc = 1024,
}
