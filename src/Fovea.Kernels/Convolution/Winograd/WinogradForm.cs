namespace Fovea.Kernels;

/// <summary>
/// Winograd's algorithms F(m x m, r x r): tiles of m x m results of an r x r kernel. Errors are root mean squares with 96 channels, in proportion to those
/// of a direct sum in float32, which are 5e-7 to 8e-7 of the result.
/// </summary>
public enum WinogradForm
{
    /// <summary>F(2 x 2, 5 x 5): 36 products for 100; 3 times the error.</summary>
    F2x5,

    /// <summary>F(4 x 4, 3 x 3): 36 products for 144; 4 times the error.</summary>
    F4x3,

    /// <summary>F(4 x 4, 5 x 5): 64 products for 400; 5 times the error: for bfloat16, whose own rounding is 450 times larger.</summary>
    F4x5,

    /// <summary>F(6 x 6, 3 x 3): 64 products for 324; 7 times the error: for bfloat16, like <see cref="F4x5"/>.</summary>
    F6x3,
}
