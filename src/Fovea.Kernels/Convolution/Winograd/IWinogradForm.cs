namespace Fovea.Kernels;

/// <summary>
/// F(m x m, r x r), one dimension at a time and 16 channels at a time: y = A^T [(G g) * (B^T d)] with m + r - 1 products (Winograd, "Arithmetic
/// complexity of computations", 1980; Lavin and Gray, arXiv:1509.09308). The first point is 0 and the second 1: row 1 of A is all ones.
/// </summary>
/// <remarks>Vectors of 16 lie <c>from</c> numbers apart in the source and <c>to</c> numbers apart in the result.</remarks>
internal unsafe interface IWinogradForm
{
    /// <summary>Side of a tile of the result, m.</summary>
    static abstract int Outputs { get; }

    /// <summary>Side of the kernel, r.</summary>
    static abstract int Taps { get; }

    /// <summary>Side of a tile of the source, and of everything that is multiplied: m + r - 1, at most <see cref="WinogradGrid.MostPoints"/>.</summary>
    static abstract int Side { get; }

    /// <summary>B^T d.</summary>
    /// <typeparam name="T">float, or ushort for bfloat16.</typeparam>
    static abstract void Source<T>(T* d, nint from, float* v, nint to)
        where T : unmanaged;

    /// <summary>G g.</summary>
    static abstract void Kernel(float* g, nint from, float* u, nint to);

    /// <summary>A^T m.</summary>
    static abstract void Result(float* m, nint from, float* y, nint to);

    /// <summary>A y: the transpose of <see cref="Result"/>, for the gradient of the result.</summary>
    /// <typeparam name="T">float, or ushort for bfloat16.</typeparam>
    static abstract void ResultGradient<T>(T* y, nint from, float* z, nint to)
        where T : unmanaged;

    /// <summary>G^T s: the transpose of <see cref="Kernel"/>, for the gradient of the kernel.</summary>
    static abstract void KernelGradient(float* s, nint from, float* g, nint to);
}
