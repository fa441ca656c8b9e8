using System.Runtime.CompilerServices;
using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <summary>Changes of layout.</summary>
public static class Permute
{
    private const int Strip = 64;

    /// <summary>[N, C, H, W] to [N, H, W, C].</summary>
    public static void NchwToNhwc(WorkerTeam team, int N, int C, int H, int W, ReadOnlySpan<float> src, Span<float> dst) =>
        Batch(team, N, C, checked(H * W), src, dst);

    /// <summary>[N, H, W, C] to [N, C, H, W].</summary>
    public static void NhwcToNchw(WorkerTeam team, int N, int C, int H, int W, ReadOnlySpan<float> src, Span<float> dst) =>
        Batch(team, N, checked(H * W), C, src, dst);

    /// <summary>[rows, columns] to [columns, rows].</summary>
    public static void Transpose(WorkerTeam team, int rows, int columns, ReadOnlySpan<float> src, Span<float> dst) =>
        Batch(team, 1, rows, columns, src, dst);

    private static unsafe void Batch(WorkerTeam team, int N, int rows, int columns, ReadOnlySpan<float> src, Span<float> dst,
        [CallerMemberName] string kernel = "")
    {
        ArgumentNullException.ThrowIfNull(team);
        Guard.That(N >= 0 && rows >= 0 && columns >= 0, $"{kernel} takes no negative sizes, got {N} x {rows} x {columns}.");
        Guard.Length(src.Length, (long)N * rows * columns, nameof(src), kernel);
        Guard.Length(dst.Length, (long)N * rows * columns, nameof(dst), kernel);
        fixed (float* source = src, target = dst)
        {
            TransposeLoop loop = new(source, target, rows, columns);
            team.Run(checked(N * loop.Strips), ref loop);
        }
    }

    /// <summary>A strip of the longer side of one image at a time, so that a tall and a wide matrix both split well.</summary>
    private readonly unsafe struct TransposeLoop(float* src, float* dst, int rows, int columns) : IParallelBody
    {
        public int Strips => (Math.Max(rows, columns) + Strip - 1) / Strip;

        public void Invoke(int item, int worker)
        {
            (int image, int strip) = Math.DivRem(item, Strips);
            float* x = src + ((nint)image * rows * columns), y = dst + ((nint)image * rows * columns);
            int first = strip * Strip;
            if (rows >= columns)
                Tiles.Transpose(x + ((nint)first * columns), columns, y + first, rows, Math.Min(Strip, rows - first), columns);
            else
                Tiles.Transpose(x + first, columns, y + ((nint)first * rows), rows, rows, Math.Min(Strip, columns - first));
        }
    }
}
