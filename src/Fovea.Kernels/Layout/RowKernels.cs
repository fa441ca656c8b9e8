using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <summary>Pieces of rows moved between matrices of different widths: what concatenation along the channels is, image by image.</summary>
public static unsafe class RowKernels
{
    /// <summary>Row by row: dst[r, dstOffset ...] = src[r, srcOffset ...], <paramref name="width"/> values.</summary>
    /// <typeparam name="T">The type of the values.</typeparam>
    /// <param name="team">The threads.</param>
    /// <param name="rows">Rows of both.</param>
    /// <param name="width">Values moved per row.</param>
    /// <param name="src">[rows, any width].</param>
    /// <param name="srcOffset">First value of a row that is read.</param>
    /// <param name="dst">[rows, any width].</param>
    /// <param name="dstOffset">First value of a row that is written.</param>
    public static void Copy<T>(WorkerTeam team, int rows, int width, ReadOnlySpan<T> src, int srcOffset, Span<T> dst, int dstOffset)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(team);
        Guard.That(rows > 0 && src.Length % rows == 0 && dst.Length % rows == 0, $"Rows of {src.Length} and {dst.Length} values cannot be {rows}.");
        (int from, int to) = (src.Length / rows, dst.Length / rows);
        Guard.That(
            width >= 0 && srcOffset >= 0 && dstOffset >= 0 && srcOffset <= from - width && dstOffset <= to - width,
            $"{width} values from {srcOffset} of {from} to {dstOffset} of {to}: they do not fit.");
        fixed (T* x = src, y = dst)
        {
            CopyLoop<T> loop = new(x + srcOffset, from, y + dstOffset, to, width);
            team.RunRange(rows, ref loop, Math.Max(1, 16384 / Math.Max(1, width)));
        }
    }

    private readonly struct CopyLoop<T>(T* src, nint from, T* dst, nint to, int width) : IRangeBody
        where T : unmanaged
    {
        public void Invoke(nint start, nint length)
        {
            for (nint row = start; row < start + length; row++)
                new ReadOnlySpan<T>(src + (row * from), width).CopyTo(new Span<T>(dst + (row * to), width));
        }
    }
}
