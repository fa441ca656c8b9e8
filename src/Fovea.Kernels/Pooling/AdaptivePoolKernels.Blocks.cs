using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <remarks>Where 16 channels of a pixel lie beside each other, they are the lanes of a vector: tensors of float32 (<see cref="float"/>) or bfloat16 (<see cref="ushort"/>).</remarks>
public static partial class AdaptivePoolKernels
{
    /// <summary>dst = the mean of each window, in float32, rounded once.</summary>
    /// <typeparam name="T">The type of the values.</typeparam>
    /// <param name="team">The threads.</param>
    /// <param name="src">[N, C/16, H, W, 16], or [N, H, W, C] with channels last.</param>
    /// <param name="dst">[N, C/16, OH, OW, 16], or [N, OH, OW, C].</param>
    /// <param name="shape">The sizes.</param>
    public static unsafe void AvgForward<T>(WorkerTeam team, AdaptivePoolShape shape, ReadOnlySpan<T> src, Span<T> dst)
        where T : unmanaged
    {
        shape.Check(src.Length, dst.Length);
        fixed (T* x = src, y = dst)
            Run(team, shape, x, y, backward: false);
    }

    /// <summary>diffSrc = every element of diffDst spread evenly over its window, summed in float32, rounded once.</summary>
    /// <typeparam name="T">The type of the values.</typeparam>
    /// <param name="team">The threads.</param>
    /// <param name="diffDst">As the forward pass's result.</param>
    /// <param name="diffSrc">As the forward pass's source.</param>
    /// <param name="shape">The sizes.</param>
    public static unsafe void AvgBackward<T>(WorkerTeam team, AdaptivePoolShape shape, ReadOnlySpan<T> diffDst, Span<T> diffSrc)
        where T : unmanaged
    {
        shape.Check(diffSrc.Length, diffDst.Length);
        fixed (T* y = diffDst, x = diffSrc)
            Run(team, shape, x, y, backward: true);
    }

    private static unsafe void Run<T>(WorkerTeam team, AdaptivePoolShape shape, T* image, T* pooled, bool backward)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(team);
        if (Element.IsBFloat16<T>())
        {
            BlockLoop<BFloat16Element> loop = new(shape, (BFloat16Element*)image, (BFloat16Element*)pooled, backward);
            team.Run(shape.N * shape.C / Element.Lanes, ref loop);
        }
        else
        {
            BlockLoop<FloatElement> loop = new(shape, (FloatElement*)image, (FloatElement*)pooled, backward);
            team.Run(shape.N * shape.C / Element.Lanes, ref loop);
        }
    }

    private readonly unsafe struct BlockLoop<T>(AdaptivePoolShape s, T* image, T* pooled, bool backward) : IParallelBody
        where T : unmanaged, IElement<T>
    {
        public void Invoke(int item, int worker)
        {
            T* x = image + Block(item, s.H * s.W), y = pooled + Block(item, s.OH * s.OW);
            if (backward)
                Spread(x, y);
            else
                Average(x, y);
        }

        private int Step => s.ChannelsLast ? s.C : Element.Lanes;

        private nint Block(int item, int pixels) => s.ChannelsLast
            ? ((nint)(item / (s.C / Element.Lanes)) * pixels * s.C) + (item % (s.C / Element.Lanes) * Element.Lanes)
            : (nint)item * pixels * Element.Lanes;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Average(T* x, T* y)
        {
            nint step = Step;
            for (int oh = 0; oh < s.OH; oh++)
            {
                (int top, int bottom) = (Start(oh, s.H, s.OH), End(oh, s.H, s.OH));
                for (int ow = 0; ow < s.OW; ow++, y += step)
                {
                    (int left, int right) = (Start(ow, s.W, s.OW), End(ow, s.W, s.OW));
                    Vector512<float> sum = default;
                    for (int h = top; h < bottom; h++)
                    {
                        for (int w = left; w < right; w++)
                            sum += T.Load(x + (((h * s.W) + w) * step));
                    }
                    T.Store(sum / Vector512.Create((float)((bottom - top) * (right - left))), y);
                }
            }
        }

        /// <summary>A pixel is in the windows that begin at or before it and end behind it: those of the same formula with source and result exchanged.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Spread(T* x, T* y)
        {
            nint step = Step;
            int* lefts = stackalloc int[s.W], rights = stackalloc int[s.W];
            float* shares = stackalloc float[s.OW];
            for (int w = 0; w < s.W; w++)
                (lefts[w], rights[w]) = (Start(w, s.OW, s.W), End(w, s.OW, s.W));
            for (int ow = 0; ow < s.OW; ow++)
                shares[ow] = 1f / (End(ow, s.W, s.OW) - Start(ow, s.W, s.OW));
            for (int h = 0; h < s.H; h++)
            {
                (int top, int bottom) = (Start(h, s.OH, s.H), End(h, s.OH, s.H));
                for (int w = 0; w < s.W; w++, x += step)
                {
                    Vector512<float> sum = default;
                    for (int oh = top; oh < bottom; oh++)
                    {
                        Vector512<float> row = default;
                        for (int ow = lefts[w]; ow < rights[w]; ow++)
                            row += T.Load(y + (((oh * s.OW) + ow) * step)) * shares[ow];
                        sum += row / (End(oh, s.H, s.OH) - Start(oh, s.H, s.OH));
                    }
                    T.Store(sum, x);
                }
            }
        }
    }
}

/// <summary>Sizes of an adaptive pooling whose channels lie in blocks of 16 or last.</summary>
/// <param name="N">Images.</param>
/// <param name="C">Channels, a multiple of 16.</param>
/// <param name="H">Rows of the source.</param>
/// <param name="W">Columns of the source.</param>
/// <param name="OH">Rows of the result.</param>
/// <param name="OW">Columns of the result.</param>
/// <param name="ChannelsLast">True for [N, H, W, C], false for [N, C/16, H, W, 16].</param>
public readonly record struct AdaptivePoolShape(int N, int C, int H, int W, int OH, int OW, bool ChannelsLast)
{
    /// <summary>The widest source and result: tables of their columns lie on the stack.</summary>
    public const int MaxWidth = 4096;

    internal void Check(int image, int pooled)
    {
        Guard.That(W is > 0 and <= MaxWidth && OW <= MaxWidth && H > 0, $"Adaptive pooling by blocks takes at most {MaxWidth} columns, got {this}.");
        Guard.That(C > 0 && C % Element.Lanes == 0 && OH > 0 && OW > 0, $"Adaptive pooling by blocks takes multiples of 16 channels and a result of at least 1x1, got {this}.");
        Guard.Length(image, (long)N * C * H * W, nameof(image));
        Guard.Length(pooled, (long)N * C * OH * OW, nameof(pooled));
    }
}
