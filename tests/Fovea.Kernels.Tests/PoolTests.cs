namespace Fovea.Kernels.Tests;

public sealed class PoolTests
{
    // N, C, H, W, KH, KW, OH, OW, strides, padding: overlapping, ceil-rounded (windows that stick out), padded, unequal, global, one pixel, wide.
    public static TheoryData<Pool2dShape> Shapes => new()
    {
        new Pool2dShape(2, 3, 13, 13, 3, 3, 6, 6, 2, 2, 0, 0, 0, 0),
        new Pool2dShape(2, 3, 14, 14, 3, 3, 7, 7, 2, 2, 0, 0, 0, 0),
        new Pool2dShape(1, 2, 28, 28, 2, 2, 14, 14, 2, 2, 0, 0, 0, 0),
        new Pool2dShape(2, 2, 15, 17, 3, 3, 8, 9, 2, 2, 1, 1, 1, 1),
        new Pool2dShape(2, 2, 9, 40, 3, 3, 9, 40, 1, 1, 1, 1, 1, 1),
        new Pool2dShape(2, 5, 8, 8, 8, 8, 1, 1, 1, 1, 0, 0, 0, 0),
        new Pool2dShape(1, 4, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0),
        new Pool2dShape(2, 2, 11, 7, 4, 2, 4, 3, 3, 3, 2, 1, 2, 1),
        new Pool2dShape(2, 2, 6, 5, 2, 2, 2, 2, 3, 3, 0, 0, 0, 0),
        new Pool2dShape(1, 3, 7, 6, 3, 3, 4, 4, 2, 2, 0, 1, 1, 1),
        new Pool2dShape(1, 1, 5, 33, 5, 3, 1, 17, 1, 2, 0, 1, 0, 1),
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void MaximumAndItsPlaceAreTheFirstInReadingOrder(Pool2dShape s)
    {
        // A third of the values are equal, so that ties occur in most windows.
        float[] src = [.. Data.Random(s.SrcLength).Select(x => x > 0.3f ? 0.5f : x)], diffDst = Data.Random(s.DstLength, 2);
        int[] argmax = [];
        float[] dst = Data.AtAnyThreads("max", team =>
        {
            float[] result = Data.Nan(s.DstLength);
            argmax = new int[s.DstLength];
            PoolKernels.MaxForward(team, s, src, result, argmax);
            float[] inference = Data.Nan(s.DstLength);
            PoolKernels.MaxForward(team, s, src, inference, []);
            Data.SameBits(result, inference, "max without places");
            return result;
        });
        double[] gradient = new double[s.SrcLength], size = new double[s.SrcLength];
        foreach ((int plane, int oh, int ow, int at) in Outputs(s))
        {
            (float best, int place) = (float.NegativeInfinity, -1);
            foreach ((int h, int w) in Window(s, oh, ow))
            {
                float value = src[(plane * s.H * s.W) + (h * s.W) + w];
                if (value > best || float.IsNaN(value))
                    (best, place) = (value, (h * s.W) + w);
            }
            Assert.Equal((best, place), (dst[at], argmax[at]));
            gradient[(plane * s.H * s.W) + place] += diffDst[at];
            size[(plane * s.H * s.W) + place] += Math.Abs(diffDst[at]);
        }
        float[] diffSrc = Data.AtAnyThreads("max backward", team =>
        {
            float[] result = Data.Nan(s.SrcLength);
            PoolKernels.MaxBackward(team, s, diffDst, argmax, result);
            return result;
        });
        for (int i = 0; i < diffSrc.Length; i++)
            Data.Near(gradient[i], size[i], s.KH * s.KW, diffSrc[i], $"diffSrc[{i}]");
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void NanWinsAndTheLastOneIsNamed(Pool2dShape s)
    {
        float[] src = [.. Data.Random(s.SrcLength, 5).Select(x => x > 0.7f ? float.NaN : x < -0.7f ? float.NegativeInfinity : x)],
            dst = new float[s.DstLength];
        int[] argmax = new int[s.DstLength];
        using Threading.WorkerTeam team = new(1);
        PoolKernels.MaxForward(team, s, src, dst, argmax);
        foreach ((int plane, int oh, int ow, int at) in Outputs(s))
        {
            // PyTorch's loop: the first element stands until one is larger or NaN.
            (float best, int place) = (float.NegativeInfinity, -1);
            foreach ((int h, int w) in Window(s, oh, ow))
            {
                float value = src[(plane * s.H * s.W) + (h * s.W) + w];
                if (place < 0 || value > best || float.IsNaN(value))
                    (best, place) = (value, (h * s.W) + w);
            }
            Assert.Equal((best, place), (dst[at], argmax[at]));
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void AverageCountsAsPyTorchDoes(Pool2dShape s)
    {
        float[] src = Data.Random(s.SrcLength), diffDst = Data.Random(s.DstLength, 2);
        foreach (bool counted in new[] { false, true })
        {
            float[] dst = Data.AtAnyThreads("average", team =>
            {
                float[] result = Data.Nan(s.DstLength);
                PoolKernels.AvgForward(team, s, counted, src, result);
                return result;
            });
            double[] gradient = new double[s.SrcLength], size = new double[s.SrcLength];
            foreach ((int plane, int oh, int ow, int at) in Outputs(s))
            {
                int top = (oh * s.StrideH) - s.PadTop, left = (ow * s.StrideW) - s.PadLeft;
                int paddedArea = (Math.Min(top + s.KH, s.H + s.PadBottom) - top) * (Math.Min(left + s.KW, s.W + s.PadRight) - left);
                (int H, int W)[] window = [.. Window(s, oh, ow)];
                int divisor = counted ? paddedArea : window.Length;
                double sum = 0, magnitude = 0;
                foreach ((int h, int w) in window)
                {
                    int x = (plane * s.H * s.W) + (h * s.W) + w;
                    sum += src[x];
                    magnitude += Math.Abs(src[x]);
                    gradient[x] += diffDst[at] / (double)divisor;
                    size[x] += Math.Abs(diffDst[at] / (double)divisor);
                }
                Data.Near(sum / divisor, magnitude / divisor, window.Length, dst[at], $"dst[{at}]");
            }
            float[] diffSrc = Data.AtAnyThreads("average backward", team =>
            {
                float[] result = Data.Nan(s.SrcLength);
                PoolKernels.AvgBackward(team, s, counted, diffDst, result);
                return result;
            });
            for (int i = 0; i < diffSrc.Length; i++)
                Data.Near(gradient[i], size[i], (s.KH * s.KW) + 1, diffSrc[i], $"diffSrc[{i}]");
        }
    }

    [Fact]
    public void RefusesPaddingAsLargeAsTheWindow()
    {
        using Threading.WorkerTeam team = new(1);
        Pool2dShape s = new(1, 1, 4, 4, 2, 2, 4, 4, 1, 1, 2, 0, 2, 0);
        Assert.Throws<ArgumentException>(() => PoolKernels.MaxForward(team, s, new float[16], new float[16], []));
    }

    private static IEnumerable<(int Plane, int OH, int OW, int At)> Outputs(Pool2dShape s) =>
        from plane in Enumerable.Range(0, s.N * s.C)
        from oh in Enumerable.Range(0, s.OH)
        from ow in Enumerable.Range(0, s.OW)
        select (plane, oh, ow, (((plane * s.OH) + oh) * s.OW) + ow);

    private static IEnumerable<(int H, int W)> Window(Pool2dShape s, int oh, int ow) =>
        from h in Enumerable.Range((oh * s.StrideH) - s.PadTop, s.KH)
        from w in Enumerable.Range((ow * s.StrideW) - s.PadLeft, s.KW)
        where h >= 0 && w >= 0 && h < s.H && w < s.W
        select (h, w);
}
