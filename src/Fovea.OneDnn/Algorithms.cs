namespace Fovea.OneDnn;

/// <summary>How a convolution is computed.</summary>
public enum ConvAlgorithm
{
    /// <summary>Directly (dnnl_convolution_direct).</summary>
    Direct,

    /// <summary>Winograd's (dnnl_convolution_winograd): fewer products, other rounding; float32 3x3 with stride 1 only.</summary>
    Winograd,

    /// <summary>oneDNN chooses (dnnl_convolution_auto).</summary>
    Auto,
}

/// <summary>What pooling does with a window.</summary>
public enum PoolAlgorithm
{
    /// <summary>The largest element; padding never wins.</summary>
    Max,

    /// <summary>The sum over the window's area, padding counted.</summary>
    AvgIncludePadding,

    /// <summary>The sum over the number of elements inside the source.</summary>
    AvgExcludePadding,
}

/// <summary>
/// Element by element functions. The UseDst forms compute the same forward and take the forward pass's result instead of its source backward.
/// </summary>
public enum EltwiseAlgorithm
{
    /// <summary>max(x, 0) + alpha * min(x, 0).</summary>
    Relu,

    /// <summary>1 / (1 + exp(-x)).</summary>
    Logistic,

    /// <summary>tanh(x).</summary>
    Tanh,

    /// <summary>x * (1 + erf(x / sqrt(2))) / 2; backward from src alone.</summary>
    GeluErf,

    /// <summary><see cref="Relu"/>; backward from dst (alpha at least 0).</summary>
    ReluUseDst,

    /// <summary><see cref="Logistic"/>; backward from dst.</summary>
    LogisticUseDst,

    /// <summary><see cref="Tanh"/>; backward from dst.</summary>
    TanhUseDst,
}

/// <summary>Functions of two memories, element by element, the second broadcast along its dimensions of size 1.</summary>
public enum BinaryAlgorithm
{
    /// <summary>a + b.</summary>
    Add,

    /// <summary>a * b.</summary>
    Mul,

    /// <summary>The larger.</summary>
    Max,

    /// <summary>The smaller.</summary>
    Min,

    /// <summary>a / b.</summary>
    Div,

    /// <summary>a - b.</summary>
    Sub,
}

/// <summary>The two softmaxes.</summary>
public enum SoftmaxAlgorithm
{
    /// <summary>exp(x - max) / sum.</summary>
    Accurate,

    /// <summary>The logarithm of it.</summary>
    Log,
}

/// <summary>What a batch norm takes and does besides normalising.</summary>
[Flags]
public enum BatchNormOptions
{
    /// <summary>Statistics of the batch, no scale, no shift.</summary>
    None = 0,

    /// <summary>Mean and variance are inputs, and constants to the gradient.</summary>
    UseGlobalStats = 1,

    /// <summary>Multiply by <see cref="Arg.Scale"/>.</summary>
    UseScale = 2,

    /// <summary>Add <see cref="Arg.Shift"/>.</summary>
    UseShift = 4,

    /// <summary>ReLU afterwards; in training the primitive then has a workspace.</summary>
    FuseRelu = 8,
}
