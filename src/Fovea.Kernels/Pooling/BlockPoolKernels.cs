using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <summary>
/// Maximum pooling of images in blocks of 16 channels, [N][C/16][H][W][16], of float32 (<see cref="float"/>) or of bfloat16 (<see cref="ushort"/>). The first of equals in
/// reading order wins, NaN beats all, as in PyTorch.
/// </summary>
public static unsafe class BlockPoolKernels
{
    /// <summary>Channels of a block.</summary>
    public const int Block = Element.Lanes;

    /// <summary>The most elements of a window: winners are numbered in a byte.</summary>
    public const int LargestWindow = byte.MaxValue;

    /// <summary>dst = the window's largest element.</summary>
    /// <typeparam name="T">The type of the values.</typeparam>
    /// <param name="team">The threads.</param>
    /// <param name="shape">The sizes; C is a multiple of 16.</param>
    /// <param name="src">[N][C/16][H][W][16].</param>
    /// <param name="dst">[N][C/16][OH][OW][16]; a window that holds no element gives minus infinity.</param>
    /// <param name="winners">Empty, or as <paramref name="dst"/>: the winner's number in its window, row by row, for the backward pass.</param>
    public static void MaxForward<T>(WorkerTeam team, Pool2dShape shape, ReadOnlySpan<T> src, Span<T> dst, Span<byte> winners)
        where T : unmanaged
    {
        Check(team, shape);
        Guard.Length(src.Length, shape.SrcLength, nameof(src));
        Guard.Length(dst.Length, shape.DstLength, nameof(dst));
        Guard.LengthOrEmpty(winners.Length, shape.DstLength, nameof(winners));
        fixed (T* x = src, y = dst)
        fixed (byte* w = winners)
        {
            if (Element.IsBFloat16<T>())
            {
                BlockMaxLoop<BFloat16Element> loop = new(shape, (BFloat16Element*)x, (BFloat16Element*)y, w);
                team.Run(shape.Planes / Block, ref loop);
            }
            else
            {
                BlockMaxLoop<FloatElement> loop = new(shape, (FloatElement*)x, (FloatElement*)y, w);
                team.Run(shape.Planes / Block, ref loop);
            }
        }
    }

    /// <summary>diffSrc = the sum of what the windows that an element has won hand on, rounded once.</summary>
    /// <typeparam name="T">The type of the values.</typeparam>
    /// <param name="team">The threads.</param>
    /// <param name="shape">As in the forward pass.</param>
    /// <param name="diffDst">[N][C/16][OH][OW][16].</param>
    /// <param name="winners">Of the forward pass.</param>
    /// <param name="diffSrc">[N][C/16][H][W][16].</param>
    public static void MaxBackward<T>(WorkerTeam team, Pool2dShape shape, ReadOnlySpan<T> diffDst, ReadOnlySpan<byte> winners, Span<T> diffSrc)
        where T : unmanaged
    {
        Check(team, shape);
        Guard.Length(diffDst.Length, shape.DstLength, nameof(diffDst));
        Guard.Length(winners.Length, shape.DstLength, nameof(winners));
        Guard.Length(diffSrc.Length, shape.SrcLength, nameof(diffSrc));
        fixed (T* dy = diffDst, dx = diffSrc)
        fixed (byte* w = winners)
        {
            if (Element.IsBFloat16<T>())
            {
                BlockMaxBackwardLoop<BFloat16Element> loop = new(shape, (BFloat16Element*)dy, w, (BFloat16Element*)dx);
                team.Run(shape.Planes / Block, ref loop);
            }
            else
            {
                BlockMaxBackwardLoop<FloatElement> loop = new(shape, (FloatElement*)dy, w, (FloatElement*)dx);
                team.Run(shape.Planes / Block, ref loop);
            }
        }
    }

    private static void Check(WorkerTeam team, in Pool2dShape shape)
    {
        ArgumentNullException.ThrowIfNull(team);
        shape.Check();
        Guard.That(
            shape.C % Block == 0 && shape.KH * shape.KW <= LargestWindow,
            $"Blocks of {Block} channels and windows of at most {LargestWindow} elements are pooled, got {shape.C} channels and {shape.KH}x{shape.KW}.");
    }
}
