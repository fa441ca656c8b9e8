namespace Fovea.Kernels;

/// <summary>
/// Winograd's algorithms F(m x m, r x r): tiles of m x m results of an r x r kernel. Errors are those of normal data with 96 to 128 channels, root mean
/// square, in proportion to a direct sum's.
/// </summary>
public enum WinogradForm
{
    /// <summary>F(2 x 2, 5 x 5): 36 products for 100. dst 7 times, diffWeights 1.3 times a direct sum's error.</summary>
    F2x5,

    /// <summary>F(4 x 4, 3 x 3): 36 products for 144. Errors like those of <see cref="F2x5"/>.</summary>
    F4x3,
}
