using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <summary>Average pooling to a given size: output i sees elements floor(i * H / OH) to ceil((i + 1) * H / OH), as PyTorch's adaptive_avg_pool2d.</summary>
public static partial class AdaptivePoolKernels
{
    /// <summary>dst = the mean of each window.</summary>
    /// <param name="team">The threads.</param>
    /// <param name="planes">N * C.</param>
    /// <param name="H">Rows of the source.</param>
    /// <param name="W">Columns of the source.</param>
    /// <param name="OH">Rows of the result.</param>
    /// <param name="OW">Columns of the result.</param>
    /// <param name="src">[planes, H, W].</param>
    /// <param name="dst">[planes, OH, OW].</param>
    public static unsafe void AvgForward(WorkerTeam team, int planes, int H, int W, int OH, int OW, ReadOnlySpan<float> src, Span<float> dst)
    {
        ArgumentNullException.ThrowIfNull(team);
        Guard.Length(src.Length, (long)planes * H * W, nameof(src));
        Guard.Length(dst.Length, (long)planes * OH * OW, nameof(dst));
        fixed (float* source = src, target = dst)
        {
            Loop loop = new(H, W, OH, OW, source, target, backward: false);
            team.Run(planes, ref loop);
        }
    }

    /// <summary>diffSrc = 0, then every element of diffDst is spread evenly over its window.</summary>
    /// <inheritdoc cref="AvgForward"/>
    public static unsafe void AvgBackward(WorkerTeam team, int planes, int H, int W, int OH, int OW, ReadOnlySpan<float> diffDst, Span<float> diffSrc)
    {
        ArgumentNullException.ThrowIfNull(team);
        Guard.Length(diffSrc.Length, (long)planes * H * W, nameof(diffSrc));
        Guard.Length(diffDst.Length, (long)planes * OH * OW, nameof(diffDst));
        fixed (float* gradient = diffDst, target = diffSrc)
        {
            Loop loop = new(H, W, OH, OW, target, gradient, backward: true);
            team.Run(planes, ref loop);
        }
    }

    private static int Start(int i, int size, int outputs) => (int)((long)i * size / outputs);

    private static int End(int i, int size, int outputs) => (int)((((long)i + 1) * size + outputs - 1) / outputs);

    private readonly unsafe struct Loop(int H, int W, int OH, int OW, float* image, float* pooled, bool backward) : IParallelBody
    {
        public void Invoke(int item, int worker)
        {
            float* x = image + ((nint)item * H * W), y = pooled + ((nint)item * OH * OW);
            if (backward)
                new Span<float>(x, H * W).Clear();
            for (int oh = 0; oh < OH; oh++)
            {
                for (int ow = 0; ow < OW; ow++, y++)
                    Window(x, y, Start(oh, H, OH), End(oh, H, OH), Start(ow, W, OW), End(ow, W, OW));
            }
        }

        private void Window(float* x, float* y, int top, int bottom, int left, int right)
        {
            float count = (bottom - top) * (right - left), share = *y / count, sum = 0;
            for (int h = top; h < bottom; h++)
            {
                for (int w = left; w < right; w++)
                {
                    if (backward)
                        x[(h * W) + w] += share;
                    else
                        sum += x[(h * W) + w];
                }
            }
            if (!backward)
                *y = sum / count;
        }
    }
}
