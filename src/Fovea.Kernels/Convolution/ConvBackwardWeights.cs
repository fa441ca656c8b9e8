using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <summary>
/// The gradient of the weights: diffDst [OC, pixels] times windows [pixels, (kh, kw, ic)], summed over images. The source is turned to channels last
/// first:
/// there a window's row is one run of floats, whatever the stride.
/// </summary>
internal static unsafe class ConvBackwardWeights
{
    public static long Bytes<TTile>(in Conv2dShape shape, int threads)
        where TTile : struct, ITile => ConvWeightsPlan.Of<TTile>(shape, threads).Bytes;

    public static void Run<TTile>(WorkerTeam team, in Conv2dShape s, float* src, float* diffDst, float* diffWeights, float* diffBias, byte* scratch)
        where TTile : struct, ITile
    {
        ConvWeightsPlan plan = ConvWeightsPlan.Of<TTile>(s, team.Threads);
        float* result = Scratch.Align(scratch), gradient = result + plan.Result, source = gradient + plan.Gradient, panels = source + plan.Source;
        if (s.N == 0)
            new Span<float>(diffWeights, (int)s.WeightsLength).Clear();
        for (int image = 0; image < s.N; image += plan.Images)
        {
            int images = Math.Min(plan.Images, s.N - image);
            float* pictures = src + (image * (nint)s.IC * s.H * s.W);
            if (!ConvWeightsPlan.Direct(s))
            {
                ChannelsLastLoop turning = new(s, pictures, source);
                team.Run(images * s.Groups * ConvWeightsPlan.SourceRows(s), ref turning);
                pictures = source;
            }
            PackGradientLoop<TTile> packing = new(s, plan, images, diffDst + (image * (nint)s.OC * s.OH * s.OW), gradient);
            team.Run(packing.Items, ref packing);
            ConvWeightsLoop<TTile> loop = new(s, plan, images, gradient, pictures, panels, result, image > 0);
            team.Run(loop.Items, ref loop);
        }
        if (s.N > 0)
        {
            BackToPlainLoop<TTile> back = new(s, result, diffWeights);
            team.Run(s.OC, ref back);
        }
        if (diffBias != null)
        {
            BiasLoop bias = new(s, diffDst, diffBias);
            team.Run(s.OC, ref bias);
        }
    }

    /// <summary>One row of the padded source of one image and group: [columns, channels].</summary>
    private readonly struct ChannelsLastLoop(Conv2dShape s, float* src, float* target) : IParallelBody
    {
        public void Invoke(int item, int worker)
        {
            int rows = ConvWeightsPlan.SourceRows(s), columns = ConvWeightsPlan.SourceColumns(s), channels = s.GroupIC;
            (int plane, int row) = Math.DivRem(item, rows);
            float* to = target + ((nint)item * columns * channels);
            int y = row - s.PadTop;
            if ((uint)y >= (uint)s.H)
            {
                new Span<float>(to, columns * channels).Clear();
                return;
            }
            int left = Math.Min(s.PadLeft, columns), end = Math.Clamp(s.PadLeft + s.W, left, columns);
            new Span<float>(to, left * channels).Clear();
            nint size = (nint)s.H * s.W;
            Tiles.Transpose(src + (plane * channels * size) + ((nint)y * s.W), size, to + ((nint)left * channels), channels, channels, end - left);
            new Span<float>(to + ((nint)end * channels), (columns - end) * channels).Clear();
        }
    }

    /// <summary>One panel of rows of diffDst: pixels outermost, cut where images end.</summary>
    private readonly struct PackGradientLoop<TTile>(Conv2dShape s, ConvWeightsPlan plan, int images, float* diffDst, float* target) : IParallelBody
        where TTile : struct, ITile
    {
        private readonly int rowPanels = (s.GroupOC + TTile.Rows - 1) / TTile.Rows;

        public int Items => s.Groups * rowPanels;

        public void Invoke(int item, int worker)
        {
            (int group, int panel) = Math.DivRem(item, rowPanels);
            int row = panel * TTile.Rows, height = Math.Min(TTile.Rows, s.GroupOC - row), stride = TTile.Stride(height), pixels = s.OH * s.OW;
            nint packedRows = Packed<TTile>.Rows(s.GroupOC), total = (nint)images * pixels;
            float* groupStart = target + (group * packedRows * total);
            for (nint start = 0; start < total; start += plan.BlockPixels)
            {
                nint end = Math.Min(start + plan.BlockPixels, total);
                float* to = groupStart + (packedRows * start) + (panel * (nint)TTile.Stride(TTile.Rows) * (end - start));
                for (nint at = start; at < end;)
                {
                    (nint image, nint pixel) = Math.DivRem(at, pixels);
                    nint count = Math.Min(end - at, pixels - pixel);
                    float* from = diffDst + ((((image * s.OC) + (group * s.GroupOC) + row) * pixels) + pixel);
                    Packing.Rows(new Strided(from, pixels, 1), height, stride, count, to, s.GroupOC - row);
                    to += count * stride;
                    at += count;
                }
            }
        }
    }

    /// <summary>[(kh, kw), ic] of one output channel to PyTorch's [ic, (kh, kw)].</summary>
    private readonly struct BackToPlainLoop<TTile>(Conv2dShape s, float* result, float* diffWeights) : IParallelBody
        where TTile : struct, ITile
    {
        public void Invoke(int item, int worker)
        {
            nint leading = (nint)Packed<TTile>.Panels(ConvWeightsPlan.Columns(s)) * TTile.Columns, kernel = (nint)s.KH * s.KW;
            Tiles.Transpose(result + (item * leading), s.GroupIC, diffWeights + (item * kernel * s.GroupIC), kernel, kernel, s.GroupIC);
        }
    }
}
