using System.Numerics;
using System.Runtime.CompilerServices;

namespace Fovea.Kernels;

/// <summary>
/// One row of windows, after its rows were folded into one: the columns lie dealt out by their remainder modulo the stride, so that tap kw of
/// neighbouring windows lies side by side whatever the stride, and folding the taps is plain vector work.
/// </summary>
internal readonly struct PoolRow(in Pool2dShape s)
{
    private readonly int stride = s.StrideW, padLeft = s.PadLeft, columns = s.W;

    /// <summary>
    /// Columns dealt to each remainder; a multiple of the vector's width plus one vector, so that whole vectors may be read at any tap.
    /// </summary>
    public int Deal { get; } = ((s.OW + ((s.KW - 1) / s.StrideW) + Vector<float>.Count - 1) / Vector<float>.Count * Vector<float>.Count)
        + Vector<float>.Count;

    /// <summary>Elements of the dealt row.</summary>
    public int Length => Deal * stride;

    /// <summary>Where tap <paramref name="kw"/> of window 0 lies; window i's lies i further.</summary>
    public int Tap(int kw) => (kw % stride * Deal) + (kw / stride);

    /// <summary>The rows of the source that row <paramref name="oh"/> of windows covers.</summary>
    public static (int First, int End) RowsOf(in Pool2dShape s, int oh)
    {
        int first = (oh * s.StrideH) - s.PadTop;
        return (Math.Max(first, 0), Math.Min(first + s.KH, s.H));
    }

    /// <summary>Deals a row of W columns out. What lies outside the picture is not written: fill it once before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public unsafe void DealOut<T>(T* row, T* dealt)
        where T : unmanaged
    {
        if (stride == 1)
        {
            int fit = Math.Min(columns, Deal - padLeft);
            new Span<T>(row, fit).CopyTo(new Span<T>(dealt + padLeft, fit));
            return;
        }
        for (int remainder = 0; remainder < stride; remainder++)
        {
            // Column w lies at padded position w + padLeft = i * stride + remainder.
            int i = (padLeft - remainder + stride - 1) / stride;
            T* target = dealt + ((nint)remainder * Deal);
            for (int w = (i * stride) + remainder - padLeft; w < columns && i < Deal; w += stride, i++)
                target[i] = row[w];
        }
    }
}
