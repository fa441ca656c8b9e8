using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <summary>Maximum and average pooling of plain [N, C, H, W] tensors; windows may overlap and may stick out.</summary>
public static class PoolKernels
{
    /// <summary>dst = the window's largest element; the first of equals in reading order wins, NaN beats all, as in PyTorch.</summary>
    /// <param name="team">The threads.</param>
    /// <param name="shape">The sizes.</param>
    /// <param name="src">[N, C, H, W].</param>
    /// <param name="dst">[N, C, OH, OW]; a window that holds no element gives minus infinity.</param>
    /// <param name="argmax">Empty, or per output the winner's index in its H x W plane (-1 where the window holds none), for the backward
    /// pass.</param>
    public static unsafe void MaxForward(WorkerTeam team, in Pool2dShape shape, ReadOnlySpan<float> src, Span<float> dst, Span<int> argmax)
    {
        ArgumentNullException.ThrowIfNull(team);
        shape.Check();
        Guard.Length(src.Length, shape.SrcLength, nameof(src));
        Guard.Length(dst.Length, shape.DstLength, nameof(dst));
        Guard.LengthOrEmpty(argmax.Length, shape.DstLength, nameof(argmax));
        fixed (float* source = src, target = dst)
        fixed (int* winners = argmax)
        {
            if (winners == null)
            {
                MaxLoop loop = new(shape, source, target);
                team.Run(shape.Planes, ref loop);
            }
            else
            {
                ArgMaxLoop loop = new(shape, source, target, winners);
                team.Run(shape.Planes, ref loop);
            }
        }
    }

    /// <summary>diffSrc = 0, then diffDst is added where each window's winner was.</summary>
    public static unsafe void MaxBackward(WorkerTeam team, in Pool2dShape shape, ReadOnlySpan<float> diffDst, ReadOnlySpan<int> argmax,
        Span<float> diffSrc)
    {
        ArgumentNullException.ThrowIfNull(team);
        shape.Check();
        Guard.Length(diffDst.Length, shape.DstLength, nameof(diffDst));
        Guard.Length(argmax.Length, shape.DstLength, nameof(argmax));
        Guard.Length(diffSrc.Length, shape.SrcLength, nameof(diffSrc));
        fixed (float* gradient = diffDst, target = diffSrc)
        fixed (int* winners = argmax)
        {
            MaxBackwardLoop loop = new(shape, gradient, winners, target);
            team.Run(shape.Planes, ref loop);
        }
    }

    /// <summary>dst = the window's mean.</summary>
    /// <param name="team">The threads.</param>
    /// <param name="shape">The sizes.</param>
    /// <param name="countIncludePad">True divides by the window's size, cut at the padded picture's end; false by the elements that the picture has
    /// there.</param>
    /// <param name="src">[N, C, H, W].</param>
    /// <param name="dst">[N, C, OH, OW].</param>
    public static unsafe void AvgForward(WorkerTeam team, in Pool2dShape shape, bool countIncludePad, ReadOnlySpan<float> src, Span<float> dst)
    {
        ArgumentNullException.ThrowIfNull(team);
        shape.Check();
        Guard.Length(src.Length, shape.SrcLength, nameof(src));
        Guard.Length(dst.Length, shape.DstLength, nameof(dst));
        fixed (float* source = src, target = dst)
        {
            AvgLoop loop = new(shape, source, target, countIncludePad);
            team.Run(shape.Planes, ref loop);
        }
    }

    /// <summary>diffSrc = 0, then every element of diffDst is spread evenly over its window.</summary>
    /// <inheritdoc cref="AvgForward"/>
    public static unsafe void AvgBackward(WorkerTeam team, in Pool2dShape shape, bool countIncludePad, ReadOnlySpan<float> diffDst,
        Span<float> diffSrc)
    {
        ArgumentNullException.ThrowIfNull(team);
        shape.Check();
        Guard.Length(diffDst.Length, shape.DstLength, nameof(diffDst));
        Guard.Length(diffSrc.Length, shape.SrcLength, nameof(diffSrc));
        fixed (float* gradient = diffDst, target = diffSrc)
        {
            AvgBackwardLoop loop = new(shape, gradient, target, countIncludePad);
            team.Run(shape.Planes, ref loop);
        }
    }
}
