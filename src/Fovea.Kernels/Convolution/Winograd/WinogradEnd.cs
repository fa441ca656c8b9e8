namespace Fovea.Kernels;

/// <summary>What is done with a convolution's sums before they are stored, in this order.</summary>
[Flags]
public enum WinogradEnd
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>What dst holds is added.</summary>
    Add = 1,

    /// <summary>max(0, dst); NaN stays.</summary>
    Relu = 2,
}
