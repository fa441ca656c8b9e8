using Fovea.Kernels.Threading;

namespace Fovea.Kernels.Tests;

/// <summary>
/// Weight gradients as products: what the panels hold is multiplied here, number by number, as oneDNN's layouts are documented, and the sums are the gradient by its definition. Sources and
/// gradients are bfloat16, of which float32 holds every product exactly.
/// </summary>
public sealed class GradientProductTests
{
    // N, IC, H, W, OC, KH, KW, OH, OW, strides, top, left: windows of all kinds; strides; padding of none to more than the picture; planes that are no multiple of a block of rows and images that
    // share one; more taps than are remembered at once; channels that fill blocks of columns, and that do not; many rows (splits) and many columns (groups).
    public static TheoryData<Conv2dShape> Shapes =>
    [
        new(2, 16, 7, 5, 16, 3, 3, 7, 5, 1, 1, 1, 1, 1),
        new(3, 64, 7, 7, 32, 3, 3, 7, 7, 1, 1, 1, 1, 1),
        new(2, 64, 9, 9, 48, 3, 3, 5, 5, 2, 2, 1, 1, 1),
        new(2, 80, 9, 8, 16, 1, 1, 9, 8, 1, 1, 0, 0, 1),
        new(3, 128, 8, 8, 16, 1, 1, 4, 4, 2, 2, 0, 0, 1),
        new(1, 32, 11, 13, 16, 5, 5, 11, 13, 1, 1, 2, 2, 1),
        new(2, 16, 3, 4, 32, 1, 7, 2, 5, 2, 1, 0, 4, 1),
        new(1, 16, 2, 2, 16, 3, 3, 8, 7, 1, 1, 4, 3, 1),
        new(1, 16, 1, 1, 16, 1, 1, 1, 1, 1, 1, 0, 0, 1),
        new(2, 16, 40, 40, 16, 1, 1, 40, 40, 1, 1, 0, 0, 1),
        new(1, 16, 41, 37, 32, 2, 2, 40, 36, 1, 1, 0, 0, 1),
        new(1, 288, 6, 6, 16, 3, 3, 6, 6, 1, 1, 1, 1, 1),
        new(4, 48, 7, 7, 16, 1, 1, 7, 7, 1, 1, 0, 0, 1),
    ];

    [SkippableTheory]
    [MemberData(nameof(Shapes))]
    public void PanelsMultiplyToTheGradient(Conv2dShape s)
    {
        Skip.IfNot(GradientPanels.IsSupported, "the processor has no AVX-512");
        ushort[] src = Halves(s.SrcLength, 1), diffDst = Halves(s.DstLength, 2);
        ConvReference reference = new(s);
        reference.Run(Plain(s.N, s.IC, s.H * s.W, src), new float[s.WeightsLength], Plain(s.N, s.OC, s.OH * s.OW, diffDst));
        foreach (int threads in new[] { 1, 2, 5 })
        {
            using WorkerTeam team = new(threads);
            (float[] diffWeights, float[] diffBias) = Gradient(team, s, src, diffDst);
            // One rounding a row and a split.
            int roundings = (s.N * s.OH * s.OW) + threads;
            for (int i = 0; i < diffWeights.Length; i++)
                Data.Near(reference.DiffWeights[i], reference.DiffWeightsSize[i], roundings, diffWeights[i], $"diffWeights[{i}], {threads} threads");
            CheckBias(s, diffDst, diffBias, roundings);
        }
    }

    [SkippableFact]
    public void CutsCoverEverythingOnce()
    {
        Skip.IfNot(GradientPanels.IsSupported, "the processor has no AVX-512");
        Conv2dShape point = new(1, 16, 1, 1, 16, 1, 1, 1, 1, 1, 1, 0, 0, 1);
        List<Conv2dShape> shapes = [new(16, 512, 7, 7, 512, 3, 3, 7, 7, 1, 1, 1, 1, 1), new(64, 192, 32, 32, 160, 1, 1, 32, 32, 1, 1, 0, 0, 1), point];
        for (int rows = 1; rows < 3000; rows += 37)
            shapes.Add(point with { N = rows, IC = 16 * (1 + (rows % 5)) });
        foreach (Conv2dShape s in shapes)
        {
            for (int threads = 1; threads < 40; threads++)
            {
                GradientCut cut = GradientCut.Of(s, threads);
                Assert.InRange(cut.Tasks, 1, threads);
                Assert.Equal((0, 0), (cut.ChunkRows % 32, cut.PartColumns % 16));
                int[] done = new int[cut.Chunks * cut.Parts];
                for (int task = 0; task < cut.Tasks; task++)
                {
                    (_, _, int firstChunk, int endChunk, int firstPart, int endPart) = cut.Of(task);
                    Assert.True(firstChunk < endChunk, $"{s}, {threads} threads: nobody writes the sums of task {task}");
                    for (int chunk = firstChunk; chunk < endChunk; chunk++)
                    {
                        for (int part = firstPart; part < endPart; part++)
                            done[(chunk * cut.Parts) + part]++;
                    }
                }
                Assert.All(done, count => Assert.Equal(1, count));
                Assert.InRange((long)cut.Chunks * cut.ChunkRows, cut.Rows, cut.Rows + cut.ChunkRows - 1);
                Assert.InRange(cut.Parts * cut.PartColumns, cut.Columns, cut.Columns + cut.PartColumns - 1);
            }
        }
    }

    [SkippableFact]
    public void RefusesWhatItCannotCompute()
    {
        Skip.IfNot(GradientPanels.IsSupported, "the processor has no AVX-512");
        Conv2dShape s = new(1, 16, 5, 5, 16, 3, 3, 5, 5, 1, 1, 1, 1, 1);
        foreach (Conv2dShape other in (Conv2dShape[])[s with { IC = 24 }, s with { OC = 8 }, s with { Groups = 2 }, s with { N = 0 }, s with { KH = 6, KW = 6 }])
        {
            Assert.False(GradientCut.Computes(other));
            Assert.Throws<ArgumentException>(() => GradientCut.Of(other, 1));
        }
        GradientCut cut = GradientCut.Of(s, 1);
        ushort[] picture = new ushort[s.SrcLength], left = new ushort[cut.LeftLength(s)], right = new ushort[cut.RightLength];
        int[] places = new int[cut.PlacesLength];
        float[] sums = new float[cut.SumsLength(s)], diffWeights = new float[s.WeightsLength];
        Assert.Throws<ArgumentException>(() => GradientPanels.Left(s, cut, 0, picture.AsSpan(1), left, []));
        Assert.Throws<ArgumentException>(() => GradientPanels.Left(s, cut, 1, picture, left, []));
        Assert.Throws<ArgumentException>(() => GradientPanels.Left(s, cut, 0, picture, left, new float[2]));
        Assert.Throws<ArgumentException>(() => GradientPanels.Right(s, cut, 0, 1, picture, right, places));
        Assert.Throws<ArgumentException>(() => GradientPanels.Right(s, cut, 0, 0, picture, right.AsSpan(1), places));
        Assert.Throws<ArgumentException>(() => GradientPanels.Right(s, cut, 0, 0, picture, right, places.AsSpan(1)));
        using WorkerTeam team = new(1);
        Assert.Throws<ArgumentException>(() => GradientSums.Weights(team, s, cut, sums.AsSpan(1), diffWeights));
        Assert.Throws<ArgumentException>(() => GradientSums.Weights(team, s, cut, sums, diffWeights.AsSpan(1)));
        Assert.Throws<ArgumentException>(() => GradientSums.Bias(new float[5], new float[2]));
    }

    private static (float[] Weights, float[] Bias) Gradient(WorkerTeam team, Conv2dShape s, ushort[] src, ushort[] diffDst)
    {
        GradientCut cut = GradientCut.Of(s, team.Threads);
        float[] sums = Data.Nan(cut.SumsLength(s)), biasSums = new float[cut.Splits * s.OC], diffWeights = Data.Nan(s.WeightsLength), diffBias = Data.Nan(s.OC);
        ushort[] left = new ushort[cut.LeftLength(s)], right = new ushort[cut.RightLength];
        int[] places = new int[cut.PlacesLength];
        for (int task = 0; task < cut.Tasks; task++)
        {
            (int split, int group, int firstChunk, int endChunk, int firstPart, int endPart) = cut.Of(task);
            Span<float> own = sums.AsSpan(((split * cut.Parts) + firstPart) * cut.SumLength(s), (endPart - firstPart) * cut.SumLength(s));
            if (cut.Accumulates)
                own.Clear();
            for (int chunk = firstChunk; chunk < endChunk; chunk++)
            {
                Array.Fill(left, (ushort)0xFFFF);
                GradientPanels.Left(s, cut, chunk, diffDst, left, group > 0 ? [] : biasSums.AsSpan(split * s.OC, s.OC));
                for (int part = firstPart; part < endPart; part++)
                {
                    Array.Fill(right, (ushort)0xFFFF);
                    GradientPanels.Right(s, cut, chunk, part, src, right, places);
                    Multiply(s, cut, part, left, right, sums.AsSpan(((split * cut.Parts) + part) * cut.SumLength(s), cut.SumLength(s)));
                }
            }
        }
        GradientSums.Weights(team, s, cut, sums, diffWeights);
        GradientSums.Bias(biasSums, diffBias);
        return (diffWeights, diffBias);
    }

    private static void Multiply(Conv2dShape s, GradientCut cut, int part, ushort[] left, ushort[] right, Span<float> sums)
    {
        int columns = Math.Min(cut.PartColumns, cut.Columns - (part * cut.PartColumns));
        for (int oc = 0; oc < s.OC; oc++)
        {
            for (int column = 0; column < columns; column++)
            {
                float sum = cut.Accumulates ? sums[(oc * cut.PartColumns) + column] : 0;
                for (int row = 0; row < cut.ChunkRows; row++)
                {
                    // Blocks of 64 columns, in them pairs of rows.
                    int at = (((((column / 64 * (cut.ChunkRows / 2)) + (row / 2)) * 64) + (column % 64)) * 2) + (row % 2);
                    sum += BFloat16.ToSingle(left[(oc * cut.ChunkRows) + row]) * BFloat16.ToSingle(right[at]);
                }
                sums[(oc * cut.PartColumns) + column] = sum;
            }
        }
    }

    private static void CheckBias(Conv2dShape s, ushort[] diffDst, float[] actual, int roundings)
    {
        (double[] sums, double[] sizes) = (new double[s.OC], new double[s.OC]);
        float[] plain = Plain(s.N, s.OC, s.OH * s.OW, diffDst);
        for (int i = 0; i < plain.Length; i++)
        {
            int oc = i / (s.OH * s.OW) % s.OC;
            sums[oc] += plain[i];
            sizes[oc] += Math.Abs(plain[i]);
        }
        for (int oc = 0; oc < s.OC; oc++)
            Data.Near(sums[oc], sizes[oc], roundings, actual[oc], $"diffBias[{oc}]");
    }

    private static ushort[] Halves(long count, uint seed) => [.. Data.Random(count, seed).Select(BFloat16.FromSingle)];

    /// <summary>Blocks of 16 channels to NCHW.</summary>
    private static float[] Plain(int n, int channels, int pixels, ushort[] blocked)
    {
        float[] plain = new float[blocked.Length];
        for (int i = 0; i < blocked.Length; i++)
        {
            int lane = i % 16, pixel = i / 16 % pixels, block = i / 16 / pixels % (channels / 16), image = i / (channels * pixels);
            plain[(((image * channels) + (block * 16) + lane) * pixels) + pixel] = BFloat16.ToSingle(blocked[i]);
        }
        return plain;
    }
}
