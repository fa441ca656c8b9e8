using Fovea.Kernels.Threading;

namespace Fovea.Kernels.Tests;

/// <summary>Batch normalisation, its folding and the small movers of residual and Inception blocks against double-precision definitions.</summary>
public sealed class BatchNormTests
{
    private const float Epsilon = 1e-3f;

    public static TheoryData<int, int, int> Shapes => new() { { 2, 7, 20 }, { 1, 96, 301 }, { 5, 3, 1 }, { 3, 1, 130 }, { 2, 33, 17 } };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void EqualsTheDefinition(int N, int C, int HW)
    {
        float[] src = Data.Random((long)N * C * HW, 1), diffDst = Data.Random((long)N * C * HW, 2), scale = Data.Random(C, 3), shift = Data.Random(C, 4);
        float[] mean = Statistics(N, C, HW, src, first: true), variance = Statistics(N, C, HW, src, first: false);
        float[] dst = Data.AtAnyThreads("BatchNorm", team =>
        {
            float[] result = Data.Nan(src.Length);
            BatchNormKernels.Forward(team, N, C, HW, Epsilon, src, mean, variance, scale, shift, false, result);
            return result;
        });
        float[] diffScale = Data.Nan(C), diffShift = Data.Nan(C);
        float[] diffSrc = Data.AtAnyThreads("BatchNorm backward", team =>
        {
            float[] result = Data.Nan(src.Length);
            BatchNormKernels.Backward(team, N, C, HW, Epsilon, src, mean, variance, scale, diffDst, result, diffScale, diffShift);
            return result;
        });
        double count = (double)N * HW;
        for (int c = 0; c < C; c++)
        {
            int[] at = [.. Enumerable.Range(0, N * HW).Select(i => (((i / HW * C) + c) * HW) + (i % HW))];
            double m = at.Average(i => (double)src[i]), v = at.Average(i => (src[i] - m) * (src[i] - m)), inverse = 1 / Math.Sqrt(v + Epsilon);

            // Sums run in double: what remains are the roundings of the results and of x - mean, a handful.
            Data.Near(m, at.Average(i => Math.Abs((double)src[i])), 2, mean[c], $"mean[{c}]");
            Data.Near(v, at.Average(i => (Math.Abs(src[i]) + Math.Abs(m)) * Math.Abs(src[i] - m)), 6, variance[c], $"variance[{c}]");
            double sum = at.Sum(i => (double)diffDst[i]), product = at.Sum(i => diffDst[i] * (src[i] - m) * inverse);
            double sumSize = at.Sum(i => Math.Abs((double)diffDst[i])), productSize = at.Sum(i => Math.Abs(diffDst[i]) * (Math.Abs(src[i]) + Math.Abs(m)) * inverse);

            // A relative error of the variance moves 1/std by half of it; with epsilon it is bounded by the size of the values beside the deviation.
            double stretch = 1 + (at.Average(i => (Math.Abs(src[i]) + Math.Abs(m)) * Math.Abs(src[i] - m)) * inverse * inverse);
            Data.Near(sum, sumSize, 2, diffShift[c], $"diffShift[{c}]");
            Data.Near(product, productSize * stretch, 12, diffScale[c], $"diffScale[{c}]");
            foreach (int i in at)
            {
                double hat = (src[i] - m) * inverse, hatSize = (Math.Abs(src[i]) + Math.Abs(m)) * inverse * stretch;
                Data.Near((hat * scale[c]) + shift[c], (hatSize * Math.Abs(scale[c])) + Math.Abs(shift[c]), 12, dst[i], $"dst[{i}]");
                double expected = scale[c] * inverse * (diffDst[i] - (sum / count) - (hat * product / count));
                double size = Math.Abs(scale[c]) * inverse * stretch * (Math.Abs(diffDst[i]) + (sumSize / count) + (hatSize * productSize * stretch / count));
                Data.Near(expected, size, 16, diffSrc[i], $"diffSrc[{i}]");
            }
        }
    }

    [Fact]
    public void ReluFollowsAndRunningStatisticsMove()
    {
        using WorkerTeam team = new(1);
        float[] src = Data.Random(2 * 3 * 5, 7), one = [1, 1, 1], zero = new float[3], mean = new float[3], variance = new float[3], plain = new float[30], relu = new float[30];
        BatchNormKernels.Statistics(team, 2, 3, 5, src, mean, variance);
        BatchNormKernels.Forward(team, 2, 3, 5, Epsilon, src, mean, variance, one, zero, false, plain);
        BatchNormKernels.Forward(team, 2, 3, 5, Epsilon, src, mean, variance, one, zero, true, relu);
        Assert.Equal(plain.Select(x => MathF.Max(x, 0)), relu);
        float[] runningMean = [1, 2, 3], runningVariance = [1, 1, 1];
        BatchNormKernels.UpdateRunning(10, 0.25f, mean, variance, runningMean, runningVariance);
        for (int c = 0; c < 3; c++)
        {
            Assert.Equal((0.75 * (c + 1)) + (0.25 * mean[c]), runningMean[c], 1e-6);
            Assert.Equal(0.75 + (0.25 * variance[c] * 10 / 9), runningVariance[c], 1e-6);
        }
        Assert.Throws<ArgumentException>(() => BatchNormKernels.Statistics(team, 2, 3, 5, src, new float[2], variance));
    }

    [Theory]
    [InlineData(5, 27, true)]
    [InlineData(16, 1, false)]
    public void FoldingIsTheNormalisationOfEachOutputChannel(int OC, int each, bool hasBias)
    {
        float[] weights = Data.Random((long)OC * each, 1), bias = hasBias ? Data.Random(OC, 2) : [], scale = Data.Random(OC, 3), shift = Data.Random(OC, 4), mean = Data.Random(OC, 5);
        float[] variance = [.. Data.Random(OC, 6).Select(x => x * x)], folded = Data.Nan(weights.Length), foldedBias = Data.Nan(OC);
        NormFolding.Fold(Epsilon, weights, bias, scale, shift, mean, variance, folded, foldedBias);
        for (int c = 0; c < OC; c++)
        {
            double factor = scale[c] / Math.Sqrt(variance[c] + (double)Epsilon), b = hasBias ? bias[c] : 0;
            Data.Near(((b - mean[c]) * factor) + shift[c], ((Math.Abs(b) + Math.Abs(mean[c])) * Math.Abs(factor)) + Math.Abs(shift[c]), 2, foldedBias[c], $"bias[{c}]");
            for (int i = 0; i < each; i++)
                Data.Near(weights[(c * each) + i] * factor, Math.Abs(weights[(c * each) + i] * factor), 3, folded[(c * each) + i], $"weight[{c}, {i}]");
        }
    }

    [Fact]
    public void RowsAreCopiedWhereTheyBelong()
    {
        using WorkerTeam team = new(2);
        float[] src = Data.Random(3 * 5, 1), dst = new float[3 * 9];
        RowKernels.Copy(team, 3, 4, src, 1, dst, 5);
        for (int r = 0; r < 3; r++)
        {
            for (int i = 0; i < 9; i++)
                Assert.Equal(i >= 5 ? src[(r * 5) + 1 + i - 5] : 0, dst[(r * 9) + i]);
        }
        Assert.Throws<ArgumentException>(() => RowKernels.Copy(team, 3, 5, src, 1, dst, 0));
        Assert.Throws<ArgumentException>(() => RowKernels.Copy(team, 3, 5, src, 0, dst, 5));
        Assert.Throws<ArgumentException>(() => RowKernels.Copy(team, 2, 1, src, 0, dst, 0));
    }

    private static float[] Statistics(int N, int C, int HW, float[] src, bool first) => Data.AtAnyThreads("statistics", team =>
    {
        float[] mean = Data.Nan(C), variance = Data.Nan(C);
        BatchNormKernels.Statistics(team, N, C, HW, src, mean, variance);
        return first ? mean : variance;
    });
}
