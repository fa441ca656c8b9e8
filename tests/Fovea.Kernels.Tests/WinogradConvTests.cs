using System.Collections.Concurrent;
using Fovea.Kernels.Threading;

namespace Fovea.Kernels.Tests;

public sealed class WinogradConvTests
{
    // N, IC, H, W, OC, OH, OW, top, left: odd and even sizes, unequal padding of 0 to 6, results that stop short of the source or reach past it,
    // tiles on both sides of blocks, products and rounds, odd numbers of blocks of channels, channels that are too many for a core's cache, both orders of the gradient's products.
    private static readonly Conv2dShape[] Fives =
    [
        Of(5, 2, 16, 27, 27, 16, 27, 27, 2, 2),
        Of(5, 1, 32, 16, 16, 48, 16, 16, 2, 2),
        Of(5, 3, 16, 13, 11, 32, 13, 11, 2, 2),
        Of(5, 5, 48, 8, 8, 16, 8, 8, 2, 2),
        Of(5, 2, 112, 8, 8, 32, 8, 8, 2, 2),
        Of(5, 2, 32, 8, 8, 112, 4, 4, 0, 0),
        Of(5, 1, 48, 9, 8, 80, 7, 6, 1, 1),
        Of(5, 2, 16, 8, 7, 16, 10, 9, 3, 3),
        Of(5, 1, 16, 8, 8, 64, 12, 12, 4, 4),
        Of(5, 2, 16, 10, 9, 16, 6, 12, 0, 4),
        Of(5, 2, 32, 12, 12, 16, 5, 3, 3, 1),
        Of(5, 1, 16, 3, 2, 16, 9, 13, 6, 5),
        Of(5, 1, 16, 1, 1, 16, 1, 1, 2, 2),
        Of(5, 3, 16, 40, 39, 16, 40, 39, 2, 2),
    ];

    private static readonly Conv2dShape[] Threes =
    [
        Of(3, 2, 16, 27, 27, 16, 27, 27, 1, 1),
        Of(3, 1, 32, 16, 16, 48, 16, 16, 1, 1),
        Of(3, 3, 16, 13, 11, 32, 13, 11, 1, 1),
        Of(3, 5, 48, 7, 7, 16, 7, 7, 1, 1),
        Of(3, 2, 112, 8, 8, 32, 8, 8, 1, 1),
        Of(3, 2, 32, 8, 8, 112, 6, 6, 0, 0),
        Of(3, 1, 48, 9, 8, 80, 7, 6, 0, 0),
        Of(3, 2, 16, 8, 7, 16, 10, 9, 2, 2),
        Of(3, 2, 16, 10, 9, 16, 6, 12, 0, 2),
        Of(3, 1, 16, 3, 2, 16, 9, 13, 4, 3),
        Of(3, 1, 16, 1, 1, 16, 1, 1, 1, 1),
        Of(3, 3, 16, 56, 55, 16, 56, 55, 1, 1),
        Of(3, 2, 176, 9, 11, 80, 9, 11, 1, 1),
        Of(3, 1, 176, 63, 65, 16, 63, 65, 1, 1),
    ];

    private static readonly ConcurrentDictionary<Conv2dShape, ConvReference> Definitions = new();

    public static TheoryData<WinogradForm> Forms => [.. Enum.GetValues<WinogradForm>()];

    public static TheoryData<WinogradForm, Conv2dShape> Shapes
    {
        get
        {
            TheoryData<WinogradForm, Conv2dShape> data = [];
            foreach (WinogradForm form in Enum.GetValues<WinogradForm>())
            {
                foreach (Conv2dShape shape in Fives.Concat(Threes).Where(s => WinogradConv.Computes(form, s)))
                    data.Add(form, shape);
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void ForwardEqualsTheDefinitionAtAnyNumberOfThreads(WinogradForm form, Conv2dShape s)
    {
        (float[] src, float[] weights, float[] bias, float[] diffDst) = Inputs(s);
        ConvReference reference = Definition(s);
        double[] bound = new WinogradBound(s, Outputs(form)).Dst(src, weights);
        foreach (bool fused in new[] { false, true })
        {
            float[] dst = Plain(s.N, s.OC, s.OH * s.OW, Data.AtAnyThreads($"forward, fused {fused}", team =>
            {
                float[] result = Data.Nan(s.DstLength);
                WinogradConv.Forward<float>(team, form, s, Blocked(s.N, s.IC, s.H * s.W, src), weights, fused ? bias : [], fused ? WinogradEnd.Relu : WinogradEnd.None, result,
                    Data.Dirty(WinogradConv.ScratchBytes(form, s, ConvPass.Forward, team.Threads)));
                return result;
            }));
            for (int i = 0; i < dst.Length; i++)
            {
                float shift = fused ? bias[i / (s.OH * s.OW) % s.OC] : 0;
                double expected = fused ? Math.Max(0, reference.Dst[i] + shift) : reference.Dst[i];
                Data.Near(expected, bound[i] + Math.Abs(shift), Roundings(form, s.IC) + 1, dst[i], $"dst[{i}], fused {fused}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void SourceGradientsEqualTheDefinitionAtAnyNumberOfThreads(WinogradForm form, Conv2dShape s)
    {
        (float[] src, float[] weights, _, float[] diffDst) = Inputs(s);
        ConvReference reference = Definition(s);
        float[] gradient = Blocked(s.N, s.OC, s.OH * s.OW, diffDst);
        float[] diffSrc = Plain(s.N, s.IC, s.H * s.W, Data.AtAnyThreads("backward data", team =>
        {
            float[] result = Data.Nan(s.SrcLength);
            WinogradConv.BackwardData<float>(team, form, s, gradient, weights, result, Data.Dirty(WinogradConv.ScratchBytes(form, s, ConvPass.BackwardData, team.Threads)));
            return result;
        }));
        double[] sizes = new WinogradBound(s, Outputs(form)).DiffSrc(diffDst, weights);
        for (int i = 0; i < diffSrc.Length; i++)
            Data.Near(reference.DiffSrc[i], sizes[i], Roundings(form, s.OC), diffSrc[i], $"diffSrc[{i}]");
    }

    /// <summary>Workers cut this gradient: another number of them gives other roundings, the same number the same bits whoever does what.</summary>
    [Theory]
    [MemberData(nameof(Shapes))]
    public void WeightsGradientsEqualTheDefinitionAtEachNumberOfThreads(WinogradForm form, Conv2dShape s)
    {
        (float[] src, float[] weights, _, float[] diffDst) = Inputs(s);
        ConvReference reference = Definition(s);
        double[] sizes = new WinogradBound(s, Outputs(form)).DiffWeights(src, diffDst);
        float[] gradient = Blocked(s.N, s.OC, s.OH * s.OW, diffDst), source = Blocked(s.N, s.IC, s.H * s.W, src);
        foreach (int threads in new[] { 1, 2, 3, 5 })
        {
            using WorkerTeam team = new(threads);
            float[] both = WeightsGradient(team, form, s, source, gradient);
            for (int repeat = 0; repeat < 3; repeat++)
                Data.SameBits(both, WeightsGradient(team, form, s, source, gradient), $"{threads} threads again");

            // With six points 4 roundings in the source's transform, 4 in that of the result's gradient and 10 in the last transform, with eight 8, 8 and 12; one per
            // product, one per round of 64 tiles or more, of which every part has one that is not full, and one per part.
            int m = Outputs(form), tiles = s.N * ((s.OH + m - 1) / m) * ((s.OW + m - 1) / m), roundings = tiles + (tiles / 64) + (2 * threads) + (Eight(form) ? 28 : 18);
            for (int i = 0; i < sizes.Length; i++)
                Data.Near(reference.DiffWeights[i], sizes[i], roundings, both[s.OC + i], $"diffWeights[{i}], {threads} threads");
            CheckBias(s, diffDst, both);
        }
    }

    /// <summary>The gradients' tests above say something: their shapes are cut in every way that there is.</summary>
    [Fact]
    public void ShapesAreCutInEveryWay()
    {
        List<(WinogradGrid Grid, WinogradGradientPlan Plan)> plans = [];
        foreach (WinogradForm form in Enum.GetValues<WinogradForm>())
        {
            foreach (Conv2dShape shape in Fives.Concat(Threes).Where(s => WinogradConv.Computes(form, s)))
            {
                WinogradGrid grid = WinogradConv.Grid(form, shape, ConvPass.BackwardWeights);
                plans.AddRange(new[] { 1, 2, 3, 5 }.Select(threads => (grid, WinogradGradientPlan.Of(grid, threads))));
            }
        }
        Assert.All(plans, p => Assert.InRange(p.Plan.Parts, 1, p.Plan.Threads));
        Assert.Contains(plans, p => p.Plan.TileParts > 1 && p.Plan.TargetParts == 1);
        Assert.Contains(plans, p => p.Plan.TileParts == 1 && p.Plan.TargetParts > 1);
        Assert.Contains(plans, p => p.Plan.TileParts > 1 && p.Plan.TargetParts > 1);
        Assert.Contains(plans, p => p.Plan.Parts < p.Plan.Threads);
        Assert.Contains(plans, p => p.Grid.TargetBlocks % p.Plan.TargetParts != 0);
        Assert.Contains(plans, p => p.Grid.Tiles > p.Plan.TileParts * p.Plan.RoundTiles);
        Assert.Contains(plans, p => p.Grid.TargetBlocks > p.Plan.TargetParts * p.Plan.GroupBlocks && p.Plan.GroupBlocks > 1);
        Assert.Contains(plans, p => p.Plan.Left);
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void AnEmptyBatchGivesNothingAndZeroGradients(WinogradForm form)
    {
        Conv2dShape s = Of(Taps(form), 0, 16, 8, 8, 32, 8, 8, 2, 2);
        float[] both = Data.AtAnyThreads("backward weights", team =>
        {
            byte[] scratch = new byte[WinogradConv.ScratchBytes(form, s, ConvPass.Forward, team.Threads)];
            WinogradConv.Forward<float>(team, form, s, [], new float[s.WeightsLength], [], WinogradEnd.None, [], scratch);
            return WeightsGradient(team, form, s, [], []);
        });
        Assert.All(both, value => Assert.Equal(0f, value));
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void ReluKeepsNaN(WinogradForm form)
    {
        using WorkerTeam team = new(1);
        Conv2dShape s = Of(Taps(form), 1, 16, 2, 2, 16, 2, 2, 2, 2);
        float[] src = new float[s.SrcLength], dst = new float[s.DstLength];
        src[0] = float.NaN;
        WinogradConv.Forward<float>(team, form, s, src, Data.Random(s.WeightsLength), [], WinogradEnd.Relu, dst, new byte[WinogradConv.ScratchBytes(form, s, ConvPass.Forward, 1)]);
        Assert.All(dst, value => Assert.True(float.IsNaN(value)));
    }

    /// <summary>In bfloat16 the results are those of float32 with the same inputs, rounded once.</summary>
    [Theory]
    [MemberData(nameof(Forms))]
    public void HalfPrecisionRoundsWhatFloat32Gives(WinogradForm form)
    {
        using WorkerTeam team = new(2);
        Conv2dShape s = Of(Taps(form), 2, 48, 15, 13, 32, 14, 15, 1, 2);
        (ushort[] src, ushort[] diffDst, ushort[] before) = (Narrow(Data.Random(s.SrcLength, 1)), Narrow(Data.Random(s.DstLength, 2)), Narrow(Data.Random(s.DstLength, 3)));
        (float[] weights, float[] bias) = (Data.Random(s.WeightsLength, 4), Data.Random(s.OC, 5));
        (ushort[] dst, ushort[] diffSrc) = ((ushort[])before.Clone(), new ushort[s.SrcLength]);
        (float[] wideDst, float[] wideDiffSrc) = (Widen(before), new float[s.SrcLength]);
        float[] diffWeights = new float[s.WeightsLength], wideDiffWeights = new float[s.WeightsLength], diffBias = new float[s.OC], wideDiffBias = new float[s.OC];
        byte[] scratch = Data.Dirty(Enum.GetValues<ConvPass>().Max(pass => WinogradConv.ScratchBytes(form, s, pass, 2)));
        WinogradEnd end = WinogradEnd.Add | WinogradEnd.Relu;
        WinogradConv.Forward<ushort>(team, form, s, src, weights, bias, end, dst, scratch);
        WinogradConv.Forward<float>(team, form, s, Widen(src), weights, bias, end, wideDst, scratch);
        Assert.Equal(Narrow(wideDst), dst);
        WinogradConv.BackwardData<ushort>(team, form, s, diffDst, weights, diffSrc, scratch);
        WinogradConv.BackwardData<float>(team, form, s, Widen(diffDst), weights, wideDiffSrc, scratch);
        Assert.Equal(Narrow(wideDiffSrc), diffSrc);
        WinogradConv.BackwardWeights<ushort>(team, form, s, src, diffDst, diffWeights, diffBias, scratch);
        WinogradConv.BackwardWeights<float>(team, form, s, Widen(src), Widen(diffDst), wideDiffWeights, wideDiffBias, scratch);
        Data.SameBits(wideDiffWeights, diffWeights, "diffWeights");
        Data.SameBits(wideDiffBias, diffBias, "diffBias");
    }

    /// <summary>What dst holds is added before the activation: the sum of both, rounded once more.</summary>
    [Theory]
    [MemberData(nameof(Forms))]
    public void AddsToWhatDstHolds(WinogradForm form)
    {
        using WorkerTeam team = new(2);
        Conv2dShape s = Of(Taps(form), 1, 16, 9, 9, 32, 9, 9, 1, 1);
        float[] src = Data.Random(s.SrcLength, 1), weights = Data.Random(s.WeightsLength, 2), before = Data.Random(s.DstLength, 3);
        float[] alone = new float[s.DstLength], sum = (float[])before.Clone();
        byte[] scratch = new byte[WinogradConv.ScratchBytes(form, s, ConvPass.Forward, 2)];
        WinogradConv.Forward<float>(team, form, s, src, weights, [], WinogradEnd.None, alone, scratch);
        WinogradConv.Forward<float>(team, form, s, src, weights, [], WinogradEnd.Add | WinogradEnd.Relu, sum, scratch);
        for (int i = 0; i < sum.Length; i++)
            Assert.Equal(Math.Max(0, alone[i] + before[i]), sum[i]);
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void RefusesWhatItCannotCompute(WinogradForm form)
    {
        using WorkerTeam team = new(1);
        Conv2dShape s = Of(Taps(form), 1, 16, 5, 5, 16, 5, 5, 2, 2);
        float[] src = new float[s.SrcLength], weights = new float[s.WeightsLength], dst = new float[s.DstLength];
        byte[] scratch = new byte[WinogradConv.ScratchBytes(form, s, ConvPass.Forward, 1)];
        ArgumentException error = Assert.Throws<ArgumentException>(() =>
            WinogradConv.Forward<float>(team, form, s, src.AsSpan(1), weights, [], WinogradEnd.None, dst, scratch));
        Assert.Contains("'src' has 399 elements", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => WinogradConv.Forward<float>(team, form, s, src, weights, new float[2], WinogradEnd.None, dst, scratch));
        Assert.Throws<ArgumentException>(() => WinogradConv.Forward<float>(team, form, s, src, weights, [], WinogradEnd.None, dst, scratch.AsSpan(1)));
        error = Assert.Throws<ArgumentException>(() => WinogradConv.ScratchBytes(form, s with { IC = 24 }, ConvPass.Forward, 1));
        Assert.Contains("channels in multiples of 16, got", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void AllocatesNothing(WinogradForm form)
    {
        using WorkerTeam team = new(2);
        Conv2dShape s = Of(Taps(form), 2, 32, 14, 14, 48, 14, 14, 2, 2);
        float[] src = Data.Random(s.SrcLength), weights = Data.Random(s.WeightsLength), bias = new float[s.OC], dst = new float[s.DstLength],
            diffWeights = new float[s.WeightsLength];
        byte[] scratch = new byte[Math.Max(WinogradConv.ScratchBytes(form, s, ConvPass.BackwardWeights, 2),
            Math.Max(WinogradConv.ScratchBytes(form, s, ConvPass.Forward, 2), WinogradConv.ScratchBytes(form, s, ConvPass.BackwardData, 2)))];
        void Step()
        {
            WinogradConv.Forward<float>(team, form, s, src, weights, bias, WinogradEnd.Relu, dst, scratch);
            WinogradConv.BackwardWeights<float>(team, form, s, src, dst, diffWeights, bias, scratch);
            WinogradConv.BackwardData<float>(team, form, s, dst, weights, src, scratch);
        }
        Step();
        Step();
        long before = GC.GetAllocatedBytesForCurrentThread(), least = long.MaxValue;
        for (int attempt = 0; attempt < 2000 && least > 0; attempt++)
        {
            long all = GC.GetTotalAllocatedBytes(true);
            Step();
            least = Math.Min(least, GC.GetTotalAllocatedBytes(true) - all);
        }
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        // The second count holds the workers too, and whatever else runs in this process: that allocates for seconds at a time, workers would every time.
        Assert.Equal(0, least);
    }

    /// <summary>The convolution of <see cref="Inputs"/>, computed once for all forms and passes: most of these tests' time.</summary>
    private static ConvReference Definition(Conv2dShape shape) => Definitions.GetOrAdd(shape, s =>
    {
        (float[] src, float[] weights, _, float[] diffDst) = Inputs(s);
        ConvReference reference = new(s);
        reference.Run(src, weights, diffDst);
        return reference;
    });

    /// <summary>The bias's gradient and the weights'.</summary>
    private static float[] WeightsGradient(WorkerTeam team, WinogradForm form, Conv2dShape s, float[] src, float[] diffDst)
    {
        float[] result = Data.Nan(s.WeightsLength + s.OC);
        WinogradConv.BackwardWeights<float>(team, form, s, src, diffDst, result.AsSpan(s.OC), result.AsSpan(0, s.OC),
            Data.Dirty(WinogradConv.ScratchBytes(form, s, ConvPass.BackwardWeights, team.Threads)));
        return result;
    }

    private static Conv2dShape Of(int taps, int n, int ic, int h, int w, int oc, int oh, int ow, int top, int left) =>
        new(n, ic, h, w, oc, taps, taps, oh, ow, 1, 1, top, left, 1);

    // One rounding per product; with six points 4 in the source's transform, 10 in the kernel's (its constants are rounded too) and 6 in the result's, with
    // eight 8, 12 and 8.
    private static int Roundings(WinogradForm form, int channels) => channels + (Eight(form) ? 28 : 20);

    private static bool Eight(WinogradForm form) => form is WinogradForm.F4x5 or WinogradForm.F6x3;

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

    private static int Taps(WinogradForm form) => form is WinogradForm.F2x5 or WinogradForm.F4x5 ? 5 : 3;

    private static int Outputs(WinogradForm form) => form switch { WinogradForm.F2x5 => 2, WinogradForm.F6x3 => 6, _ => 4 };

    private static ushort[] Narrow(float[] values) => [.. values.Select(BFloat16.FromSingle)];

    private static float[] Widen(ushort[] values) => [.. values.Select(BFloat16.ToSingle)];

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
