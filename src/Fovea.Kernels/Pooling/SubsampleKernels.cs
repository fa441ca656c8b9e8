using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <summary>
/// The parameter-free shortcut of He et al. 2015 (option A): every stride-th pixel of every stride-th row, with channels of zeros before and after.
/// </summary>
public static unsafe class SubsampleKernels
{
    /// <summary>dst[n, before + c, y, x] = src[n, c, y * stride, x * stride]; 0 in the other channels.</summary>
    /// <param name="team">The threads.</param>
    /// <param name="shape">Sizes.</param>
    /// <param name="src">[N, C, H, W].</param>
    /// <param name="dst">[N, OC, OH, OW].</param>
    public static void Forward(WorkerTeam team, SubsampleShape shape, ReadOnlySpan<float> src, Span<float> dst)
    {
        ArgumentNullException.ThrowIfNull(team);
        Check(shape, src.Length, dst.Length);
        fixed (float* x = src, y = dst)
        {
            ForwardLoop loop = new(shape, x, y);
            team.Run(shape.N * shape.OC, ref loop);
        }
    }

    /// <summary>The gradient: what was not taken gets 0.</summary>
    /// <param name="team">The threads.</param>
    /// <param name="shape">Sizes.</param>
    /// <param name="diffDst">[N, OC, OH, OW].</param>
    /// <param name="diffSrc">[N, C, H, W].</param>
    public static void Backward(WorkerTeam team, SubsampleShape shape, ReadOnlySpan<float> diffDst, Span<float> diffSrc)
    {
        ArgumentNullException.ThrowIfNull(team);
        Check(shape, diffSrc.Length, diffDst.Length);
        fixed (float* dy = diffDst, dx = diffSrc)
        {
            BackwardLoop loop = new(shape, dy, dx);
            team.Run(shape.N * shape.C, ref loop);
        }
    }

    private static void Check(SubsampleShape s, int src, int dst)
    {
        Guard.That(
            s.N > 0 && s.C > 0 && s.H > 0 && s.W > 0 && s.Stride > 0 && s.Before >= 0 && s.OC >= s.C + s.Before,
            $"Subsampling takes channels {s.C} into {s.OC} from {s.Before} on with stride {s.Stride}.");
        Guard.Length(src, (long)s.N * s.C * s.H * s.W, nameof(src));
        Guard.Length(dst, (long)s.N * s.OC * s.OH * s.OW, nameof(dst));
    }

    private readonly struct ForwardLoop(SubsampleShape s, float* src, float* dst) : IParallelBody
    {
        public void Invoke(int item, int worker)
        {
            int image = item / s.OC, channel = (item % s.OC) - s.Before;
            float* y = dst + ((nint)item * s.OH * s.OW);
            if (channel < 0 || channel >= s.C)
            {
                new Span<float>(y, s.OH * s.OW).Clear();
                return;
            }
            float* x = src + (((nint)image * s.C) + channel) * s.H * s.W;
            for (int h = 0; h < s.OH; h++)
            {
                for (int w = 0; w < s.OW; w++)
                    *y++ = x[(h * s.Stride * s.W) + (w * s.Stride)];
            }
        }
    }

    private readonly struct BackwardLoop(SubsampleShape s, float* diffDst, float* diffSrc) : IParallelBody
    {
        public void Invoke(int item, int worker)
        {
            int image = item / s.C, channel = (item % s.C) + s.Before;
            float* dx = diffSrc + ((nint)item * s.H * s.W), dy = diffDst + (((nint)image * s.OC) + channel) * s.OH * s.OW;
            new Span<float>(dx, s.H * s.W).Clear();
            for (int h = 0; h < s.OH; h++)
            {
                for (int w = 0; w < s.OW; w++)
                    dx[(h * s.Stride * s.W) + (w * s.Stride)] = *dy++;
            }
        }
    }
}

/// <summary>Sizes of a subsampled identity.</summary>
/// <param name="N">Images.</param>
/// <param name="C">Channels of the source.</param>
/// <param name="H">Rows of the source.</param>
/// <param name="W">Columns of the source.</param>
/// <param name="OC">Channels of the result.</param>
/// <param name="Before">Channels of zeros before the source's.</param>
/// <param name="Stride">Distance of the pixels that are taken.</param>
public readonly record struct SubsampleShape(int N, int C, int H, int W, int OC, int Before, int Stride)
{
    /// <summary>Rows of the result.</summary>
    public int OH => (H - 1) / Stride + 1;

    /// <summary>Columns of the result.</summary>
    public int OW => (W - 1) / Stride + 1;
}
