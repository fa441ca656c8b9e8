using Fovea.Kernels.Threading;

namespace Fovea.Kernels.Tests;

public sealed class WinogradConv5x5Tests
{
    // N, IC, H, W, OC, OH, OW, top, left: odd and even sizes, unequal padding of 0 to 6, results that stop short of the source or reach past it,
    // tiles on both sides of blocks, products and rounds, odd numbers of blocks of channels, both orders of the gradient's products.
    public static TheoryData<Conv2dShape> Shapes => new()
    {
        Of(2, 16, 27, 27, 16, 27, 27, 2, 2),
        Of(1, 32, 16, 16, 48, 16, 16, 2, 2),
        Of(3, 16, 13, 11, 32, 13, 11, 2, 2),
        Of(5, 48, 8, 8, 16, 8, 8, 2, 2),
        Of(2, 112, 8, 8, 32, 8, 8, 2, 2),
        Of(2, 32, 8, 8, 112, 4, 4, 0, 0),
        Of(1, 48, 9, 8, 80, 7, 6, 1, 1),
        Of(2, 16, 8, 7, 16, 10, 9, 3, 3),
        Of(1, 16, 8, 8, 64, 12, 12, 4, 4),
        Of(2, 16, 10, 9, 16, 6, 12, 0, 4),
        Of(2, 32, 12, 12, 16, 5, 3, 3, 1),
        Of(1, 16, 3, 2, 16, 9, 13, 6, 5),
        Of(1, 16, 1, 1, 16, 1, 1, 2, 2),
        Of(3, 16, 40, 39, 16, 40, 39, 2, 2),
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void ForwardEqualsTheDefinitionAtAnyNumberOfThreads(Conv2dShape s)
    {
        (float[] src, float[] weights, float[] bias, float[] diffDst) = Inputs(s);
        ConvReference reference = new(s);
        reference.Run(src, weights, diffDst);
        double[] bound = new WinogradBound(s).Dst(src, weights);
        foreach (bool fused in new[] { false, true })
        {
            float[] dst = Plain(s.N, s.OC, s.OH * s.OW, Data.AtAnyThreads($"forward, fused {fused}", team =>
            {
                float[] result = Data.Nan(s.DstLength);
                WinogradConv5x5.Forward(team, s, Blocked(s.N, s.IC, s.H * s.W, src), weights, fused ? bias : [], fused, result,
                    Data.Dirty(WinogradConv5x5.ForwardScratch(s, team.Threads)));
                return result;
            }));
            for (int i = 0; i < dst.Length; i++)
            {
                float shift = fused ? bias[i / (s.OH * s.OW) % s.OC] : 0;
                double expected = fused ? Math.Max(0, reference.Dst[i] + shift) : reference.Dst[i];
                Data.Near(expected, bound[i] + Math.Abs(shift), Roundings(s.IC) + 1, dst[i], $"dst[{i}], fused {fused}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void GradientsEqualTheDefinitionAtAnyNumberOfThreads(Conv2dShape s)
    {
        (float[] src, float[] weights, _, float[] diffDst) = Inputs(s);
        ConvReference reference = new(s);
        reference.Run(src, weights, diffDst);
        WinogradBound bound = new(s);
        float[] gradient = Blocked(s.N, s.OC, s.OH * s.OW, diffDst), source = Blocked(s.N, s.IC, s.H * s.W, src);
        float[] diffSrc = Plain(s.N, s.IC, s.H * s.W, Data.AtAnyThreads("backward data", team =>
        {
            float[] result = Data.Nan(s.SrcLength);
            WinogradConv5x5.BackwardData(team, s, gradient, weights, result, Data.Dirty(WinogradConv5x5.BackwardDataScratch(s, team.Threads)));
            return result;
        }));
        double[] sizes = bound.DiffSrc(diffDst, weights);
        for (int i = 0; i < diffSrc.Length; i++)
            Data.Near(reference.DiffSrc[i], sizes[i], Roundings(s.OC), diffSrc[i], $"diffSrc[{i}]");

        float[] both = Data.AtAnyThreads("backward weights", team =>
        {
            float[] result = Data.Nan(s.WeightsLength + s.OC);
            WinogradConv5x5.BackwardWeights(team, s, source, gradient, result.AsSpan(s.OC), result.AsSpan(0, s.OC),
                Data.Dirty(WinogradConv5x5.BackwardWeightsScratch(s, team.Threads)));
            return result;
        });
        sizes = bound.DiffWeights(src, diffDst);
        // 4 roundings in the source's transform, 2 in that of the result's gradient, one per product, one per 128 products, 10 in the last transform.
        int tiles = s.N * ((s.OH + 1) / 2) * ((s.OW + 1) / 2), roundings = tiles + (tiles / 128) + 17;
        for (int i = 0; i < sizes.Length; i++)
            Data.Near(reference.DiffWeights[i], sizes[i], roundings, both[s.OC + i], $"diffWeights[{i}]");
        CheckBias(s, diffDst, both);
    }

    [Fact]
    public void AnEmptyBatchGivesNothingAndZeroGradients()
    {
        Conv2dShape s = Of(0, 16, 8, 8, 32, 8, 8, 2, 2);
        float[] both = Data.AtAnyThreads("backward weights", team =>
        {
            float[] result = Data.Nan(s.WeightsLength + s.OC);
            byte[] scratch = new byte[WinogradConv5x5.ForwardScratch(s, team.Threads)];
            WinogradConv5x5.Forward(team, s, [], new float[s.WeightsLength], [], false, [], scratch);
            WinogradConv5x5.BackwardWeights(team, s, [], [], result.AsSpan(s.OC), result.AsSpan(0, s.OC),
                Data.Dirty(WinogradConv5x5.BackwardWeightsScratch(s, team.Threads)));
            return result;
        });
        Assert.All(both, value => Assert.Equal(0f, value));
    }

    [Fact]
    public void ReluKeepsNaN()
    {
        using WorkerTeam team = new(1);
        Conv2dShape s = Of(1, 16, 2, 2, 16, 2, 2, 2, 2);
        float[] src = new float[s.SrcLength], dst = new float[s.DstLength];
        src[0] = float.NaN;
        WinogradConv5x5.Forward(team, s, src, Data.Random(s.WeightsLength), [], true, dst, new byte[WinogradConv5x5.ForwardScratch(s, 1)]);
        Assert.All(dst, value => Assert.True(float.IsNaN(value)));
    }

    [Fact]
    public void AppliesWhereItComputesAndPays()
    {
        Conv2dShape s = Of(64, 96, 16, 16, 192, 16, 16, 2, 2);
        Assert.Equal(Tile512.IsSupported, WinogradConv5x5.Applies(s));
        Assert.False(WinogradConv5x5.Applies(s with { N = 0 }));
        Assert.False(WinogradConv5x5.Applies(s with { IC = 100 }));
        Assert.False(WinogradConv5x5.Applies(s with { OC = 200 }));
        Assert.False(WinogradConv5x5.Applies(s with { Groups = 2 }));
        Assert.False(WinogradConv5x5.Applies(s with { StrideH = 2, OH = 8 }));
        Assert.False(WinogradConv5x5.Applies(s with { KW = 3, PadLeft = 1 }));
        Assert.False(WinogradConv5x5.Applies(s with { N = 1, OH = 2, OW = 2 }));
        Assert.False(WinogradConv5x5.Applies(s with { H = 7, W = 7, OH = 7, OW = 7 }));
        Assert.False(WinogradConv5x5.Applies(s with { IC = 16 }));
    }

    [Fact]
    public void RefusesWhatItCannotCompute()
    {
        using WorkerTeam team = new(1);
        Conv2dShape s = Of(1, 16, 5, 5, 16, 5, 5, 2, 2);
        float[] src = new float[s.SrcLength], weights = new float[s.WeightsLength], dst = new float[s.DstLength];
        byte[] scratch = new byte[WinogradConv5x5.ForwardScratch(s, 1)];
        ArgumentException error = Assert.Throws<ArgumentException>(() =>
            WinogradConv5x5.Forward(team, s, src.AsSpan(1), weights, [], false, dst, scratch));
        Assert.Contains("'src' has 399 elements", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => WinogradConv5x5.Forward(team, s, src, weights, new float[2], false, dst, scratch));
        Assert.Throws<ArgumentException>(() => WinogradConv5x5.Forward(team, s, src, weights, [], false, dst, scratch.AsSpan(1)));
        error = Assert.Throws<ArgumentException>(() => WinogradConv5x5.ForwardScratch(s with { IC = 24 }, 1));
        Assert.Contains("channels in multiples of 16, got", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AllocatesNothing()
    {
        using WorkerTeam team = new(2);
        Conv2dShape s = Of(2, 32, 14, 14, 48, 14, 14, 2, 2);
        float[] src = Data.Random(s.SrcLength), weights = Data.Random(s.WeightsLength), bias = new float[s.OC], dst = new float[s.DstLength],
            diffWeights = new float[s.WeightsLength];
        byte[] scratch = new byte[Math.Max(WinogradConv5x5.BackwardWeightsScratch(s, 2),
            Math.Max(WinogradConv5x5.ForwardScratch(s, 2), WinogradConv5x5.BackwardDataScratch(s, 2)))];
        void Step()
        {
            WinogradConv5x5.Forward(team, s, src, weights, bias, true, dst, scratch);
            WinogradConv5x5.BackwardWeights(team, s, src, dst, diffWeights, bias, scratch);
            WinogradConv5x5.BackwardData(team, s, dst, weights, src, scratch);
        }
        Step();
        Step();
        Assert.Equal(0, Allocated.ByThread(Step));
        // The workers too.
        Assert.Equal(0, Allocated.ByProcess(Step));
    }

    private static Conv2dShape Of(int n, int ic, int h, int w, int oc, int oh, int ow, int top, int left) =>
        new(n, ic, h, w, oc, 5, 5, oh, ow, 1, 1, top, left, 1);

    // 4 roundings in the source's transform, 10 in the kernel's (its constants are rounded too), one per product, 6 in the result's.
    private static int Roundings(int channels) => channels + 20;

    private static (float[] Src, float[] Weights, float[] Bias, float[] DiffDst) Inputs(Conv2dShape s) =>
        (Data.Random(s.SrcLength, 1), Data.Random(s.WeightsLength, 2), Data.Random(s.OC, 3), Data.Random(s.DstLength, 4));

    private static void CheckBias(Conv2dShape s, float[] diffDst, float[] actual)
    {
        int pixels = s.OH * s.OW;
        for (int oc = 0; oc < s.OC; oc++)
        {
            double sum = 0, size = 0;
            for (int i = 0; i < s.N * pixels; i++)
            {
                float value = diffDst[(((i / pixels * s.OC) + oc) * pixels) + (i % pixels)];
                sum += value;
                size += Math.Abs(value);
            }
            Data.Near(sum, size, s.N * pixels, actual[oc], $"diffBias[{oc}]");
        }
    }

    private static float[] Blocked(int n, int channels, int pixels, float[] plain) => Permute(n, channels, pixels, plain, true);

    private static float[] Plain(int n, int channels, int pixels, float[] blocked) => Permute(n, channels, pixels, blocked, false);

    private static float[] Permute(int n, int channels, int pixels, float[] from, bool block)
    {
        float[] to = new float[from.Length];
        for (int i = 0; i < n * channels * pixels; i++)
        {
            int pixel = i % pixels, channel = i / pixels % channels, image = i / (pixels * channels);
            int j = (((((image * channels) + (channel / 16 * 16)) * pixels) + (pixel * 16)) + (channel % 16));
            if (block)
                to[j] = from[i];
            else
                to[i] = from[j];
        }
        return to;
    }
}
