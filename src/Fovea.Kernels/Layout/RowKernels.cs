using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <summary>Pieces of rows moved between matrices of different widths: what concatenation along the channels is, image by image.</summary>
public static unsafe class RowKernels
{
    /// <summary>Row by row: dst[r, dstOffset ...] = src[r, srcOffset ...], <paramref name="width"/> values.</summary>
    /// <param name="team">The threads.</param>
    /// <param name="rows">Rows of both.</param>
    /// <param name="width">Values moved per row.</param>
    /// <param name="src">[rows, any width].</param>
    /// <param name="srcOffset">First value of a row that is read.</param>
    /// <param name="dst">[rows, any width].</param>
    /// <param name="dstOffset">First value of a row that is written.</param>
    public static void Copy(WorkerTeam team, int rows, int width, ReadOnlySpan<float> src, int srcOffset, Span<float> dst, int dstOffset)
    {
        ArgumentNullException.ThrowIfNull(team);
        Guard.That(rows > 0 && src.Length % rows == 0 && dst.Length % rows == 0, $"Rows of {src.Length} and {dst.Length} values cannot be {rows}.");
        (int from, int to) = (src.Length / rows, dst.Length / rows);
        Guard.That(
            width >= 0 && srcOffset >= 0 && dstOffset >= 0 && srcOffset <= from - width && dstOffset <= to - width,
            $"{width} values from {srcOffset} of {from} to {dstOffset} of {to}: they do not fit.");
        fixed (float* x = src, y = dst)
        {
            CopyLoop loop = new(x + srcOffset, from, y + dstOffset, to, width);
            team.Run(rows, ref loop);
        }
    }

    private readonly struct CopyLoop(float* src, nint from, float* dst, nint to, int width) : IParallelBody
    {
        public void Invoke(int item, int worker) => new ReadOnlySpan<float>(src + (item * from), width).CopyTo(new Span<float>(dst + (item * to), width));
    }
}
