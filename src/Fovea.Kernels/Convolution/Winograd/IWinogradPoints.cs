namespace Fovea.Kernels;

/// <summary>The points of a form in one dimension: what its transforms are made of. All of it works on 16 channels at a time.</summary>
internal unsafe interface IWinogradPoints
{
    /// <summary>How many points: a tile's side.</summary>
    static abstract int Count { get; }

    /// <summary>B^T d: as many numbers of the source as there are points.</summary>
    static abstract void Source<T>(T* d, nint from, float* v, nint to)
        where T : unmanaged;

    /// <summary>The values of a polynomial at the points.</summary>
    /// <param name="p">Its coefficients.</param>
    /// <param name="from">Numbers between them.</param>
    /// <param name="count">How many, from 2 (of eight points 3) to a side less 1 (less 2); a constant.</param>
    /// <param name="factors">Whether values are multiplied by the factors of G; a constant.</param>
    /// <param name="z">The values.</param>
    /// <param name="to">Floats between them.</param>
    static abstract void Evaluate<T>(T* p, nint from, int count, bool factors, float* z, nint to)
        where T : unmanaged;

    /// <summary>The transpose of <see cref="Evaluate"/>: as many results as that has coefficients.</summary>
    static abstract void Collect(float* m, nint from, int count, bool factors, float* y, nint to);
}
