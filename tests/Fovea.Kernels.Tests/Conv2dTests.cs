namespace Fovea.Kernels.Tests;

public sealed class Conv2dTests
{
    // N, IC, H, W, OC, KH, KW, OH, OW, stride, pad, groups: odd sizes, unequal padding, one pixel, groups, kernels larger than the picture,
    // strides larger than the kernel, sizes on both sides of tiles, blocks and items.
    public static TheoryData<Conv2dShape> Shapes => new()
    {
        new Conv2dShape(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1),
        new Conv2dShape(2, 1, 28, 28, 6, 5, 5, 28, 28, 1, 1, 2, 2, 1),
        new Conv2dShape(3, 6, 14, 14, 16, 5, 5, 10, 10, 1, 1, 0, 0, 1),
        new Conv2dShape(2, 3, 35, 33, 20, 11, 11, 8, 7, 4, 4, 2, 1, 1),
        new Conv2dShape(5, 20, 13, 13, 18, 3, 3, 13, 13, 1, 1, 1, 1, 1),
        new Conv2dShape(2, 8, 9, 11, 12, 3, 3, 9, 11, 1, 1, 1, 1, 2),
        new Conv2dShape(3, 12, 7, 7, 12, 3, 3, 7, 7, 1, 1, 1, 1, 12),
        new Conv2dShape(2, 50, 32, 32, 40, 1, 1, 32, 32, 1, 1, 0, 0, 1),
        new Conv2dShape(7, 400, 6, 6, 33, 1, 1, 6, 6, 1, 1, 0, 0, 1),
        new Conv2dShape(2, 5, 8, 8, 7, 1, 1, 4, 4, 2, 2, 0, 0, 1),
        new Conv2dShape(2, 4, 15, 16, 6, 3, 3, 8, 8, 2, 2, 1, 1, 2),
        new Conv2dShape(2, 4, 10, 9, 6, 2, 3, 4, 3, 3, 4, 0, 2, 1),
        new Conv2dShape(2, 3, 5, 4, 4, 3, 5, 8, 6, 1, 1, 3, 2, 1),
        new Conv2dShape(1, 2, 3, 3, 3, 7, 7, 3, 3, 1, 1, 3, 3, 1),
        new Conv2dShape(2, 2, 9, 10, 3, 3, 2, 4, 4, 2, 2, 0, 0, 1),
        new Conv2dShape(1, 3, 40, 70, 5, 3, 3, 40, 70, 1, 1, 1, 1, 1),
        new Conv2dShape(40, 3, 2, 2, 5, 2, 2, 1, 1, 1, 1, 0, 0, 1),
        new Conv2dShape(1, 1, 24, 24, 2, 21, 21, 4, 4, 1, 1, 0, 0, 1),
        new Conv2dShape(40, 70, 1, 1, 30, 1, 1, 1, 1, 1, 1, 0, 0, 1),
        new Conv2dShape(2, 72, 5, 5, 20, 1, 1, 5, 5, 1, 1, 0, 0, 2),
        new Conv2dShape(3, 130, 5, 5, 29, 3, 3, 5, 5, 1, 1, 1, 1, 1),
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void EqualsTheDefinitionAtAnyNumberOfThreads(Conv2dShape s)
    {
        float[] src = Data.Random(s.SrcLength, 1), weights = Data.Random(s.WeightsLength, 2), bias = Data.Random(s.OC, 3),
            diffDst = Data.Random(s.DstLength, 4);
        ConvReference reference = new(s);
        reference.Run(src, weights, diffDst);
        int inner = s.IC / s.Groups * s.KH * s.KW;

        float[] plain = Data.AtAnyThreads("forward", team =>
        {
            float[] dst = Data.Nan(s.DstLength);
            Conv2dKernels.Forward(team, s, src, weights, [], false, dst, Data.Dirty(Conv2dKernels.ForwardScratch(s, team.Threads)));
            return dst;
        });
        float[] fused = Data.AtAnyThreads("forward with bias and ReLU", team =>
        {
            float[] dst = Data.Nan(s.DstLength);
            Conv2dKernels.Forward(team, s, src, weights, bias, true, dst, Data.Dirty(Conv2dKernels.ForwardScratch(s, team.Threads)));
            return dst;
        });
        float[] before = Data.Random(s.DstLength, 5);
        float[] added = Data.AtAnyThreads("forward onto what dst holds", team =>
        {
            float[] dst = [.. before];
            Conv2dKernels.Forward(team, s, src, weights, bias, true, dst, Data.Dirty(Conv2dKernels.ForwardScratch(s, team.Threads)), accumulate: true);
            return dst;
        });
        for (int i = 0; i < plain.Length; i++)
        {
            Data.Near(reference.Dst[i], reference.DstSize[i], inner, plain[i], $"dst[{i}]");
            float shift = bias[i / (s.OH * s.OW) % s.OC];
            Data.Near(Math.Max(0, reference.Dst[i] + shift), reference.DstSize[i] + Math.Abs(shift), inner + 1, fused[i],
                $"dst[{i}] with bias and ReLU");
            Data.Near(Math.Max(0, reference.Dst[i] + shift + before[i]), reference.DstSize[i] + Math.Abs(shift) + Math.Abs(before[i]), inner + 2, added[i],
                $"dst[{i}] added");
        }

        float[] diffSrc = Data.AtAnyThreads("backward data", team =>
        {
            float[] result = Data.Nan(s.SrcLength);
            Conv2dKernels.BackwardData(team, s, diffDst, weights, result, Data.Dirty(Conv2dKernels.BackwardDataScratch(s, team.Threads)));
            return result;
        });
        for (int i = 0; i < diffSrc.Length; i++)
            Data.Near(reference.DiffSrc[i], reference.DiffSrcSize[i], s.OC / s.Groups * s.KH * s.KW, diffSrc[i], $"diffSrc[{i}]");

        CheckWeights(s, src, diffDst, reference);
    }

    [Fact]
    public void AnEmptyBatchGivesNothingAndZeroGradients()
    {
        Conv2dShape s = new(0, 2, 5, 5, 3, 3, 3, 5, 5, 1, 1, 1, 1, 1);
        float[] diffWeights = Data.AtAnyThreads("backward weights", team =>
        {
            float[] result = Data.Nan(s.WeightsLength + s.OC);
            Conv2dKernels.BackwardWeights(
                team, s, [], [], result.AsSpan(s.OC), result.AsSpan(0, s.OC), Data.Dirty(Conv2dKernels.BackwardWeightsScratch(s, team.Threads)));
            return result;
        });
        Assert.All(diffWeights, value => Assert.Equal(0f, value));
    }

    [Fact]
    public void RefusesSpansThatDoNotFitTheShape()
    {
        using Threading.WorkerTeam team = new(1);
        Conv2dShape s = new(1, 2, 5, 5, 3, 3, 3, 5, 5, 1, 1, 1, 1, 1);
        byte[] scratch = new byte[Conv2dKernels.ForwardScratch(s, 1)];
        float[] src = new float[s.SrcLength], weights = new float[s.WeightsLength], dst = new float[s.DstLength];
        ArgumentException error = Assert.Throws<ArgumentException>(() =>
            Conv2dKernels.Forward(team, s, src.AsSpan(1), weights, [], false, dst, scratch));
        Assert.Contains("'src' has 49 elements", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Conv2dKernels.Forward(team, s, src, weights, new float[2], false, dst, scratch));
        Assert.Throws<ArgumentException>(() => Conv2dKernels.Forward(team, s, src, weights, [], false, dst, scratch.AsSpan(1)));
        Assert.Throws<ArgumentException>(() => Conv2dKernels.Forward(team, s with { Groups = 2 }, src, weights, [], false, dst, scratch));
    }

    private static void CheckWeights(Conv2dShape s, float[] src, float[] diffDst, ConvReference reference)
    {
        float[] both = Data.AtAnyThreads("backward weights", team =>
        {
            float[] result = Data.Nan(s.WeightsLength + s.OC);
            Conv2dKernels.BackwardWeights(
                team, s, src, diffDst, result.AsSpan(s.OC), result.AsSpan(0, s.OC),
                    Data.Dirty(Conv2dKernels.BackwardWeightsScratch(s, team.Threads)));
            return result;
        });
        int pixels = s.OH * s.OW;
        for (int i = 0; i < reference.DiffWeights.Length; i++)
            Data.Near(reference.DiffWeights[i], reference.DiffWeightsSize[i], s.N * pixels, both[s.OC + i], $"diffWeights[{i}]");
        for (int oc = 0; oc < s.OC; oc++)
        {
            double sum = 0, size = 0;
            for (int i = 0; i < s.N * pixels; i++)
            {
                float value = diffDst[(((i / pixels * s.OC) + oc) * pixels) + (i % pixels)];
                sum += value;
                size += Math.Abs(value);
            }
            Data.Near(sum, size, s.N * pixels, both[oc], $"diffBias[{oc}]");
        }
    }
}
