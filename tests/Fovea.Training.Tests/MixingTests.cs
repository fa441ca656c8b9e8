using Fovea.Engine;
using Fovea.Kernels;
using Fovea.Models;

namespace Fovea.Training.Tests;

public sealed class MixingTests
{
    private const int Side = 12, Bytes = Side * Side * 3, Count = 6;

    /// <summary>Uniform, the arcsine law, and a bell: their distribution functions are known.</summary>
    [Theory]
    [InlineData(1.0)]
    [InlineData(0.5)]
    [InlineData(2.0)]
    public void SharesFollowBeta(double alpha)
    {
        const int Draws = 4000;
        double[] shares = [.. Enumerable.Range(0, Draws).Select(i => BetaDraw.Symmetric(new PhiloxKey(3, RandomStream.Mixing, 1, (uint)i), alpha, 1)).Order()];
        double Below(double x) => alpha switch { 1 => x, 0.5 => 2 / Math.PI * Math.Asin(Math.Sqrt(x)), _ => x * x * (3 - (2 * x)) };
        double distance = shares.Select((x, i) => Math.Max(Math.Abs(Below(x) - ((double)i / Draws)), Math.Abs(Below(x) - ((i + 1.0) / Draws)))).Max();
        // Kolmogorov and Smirnov: exceeded by one sample of this distribution in a thousand; the draws are counted, so it is this sample or never.
        Assert.True(distance < 1.95 / Math.Sqrt(Draws), $"distance {distance}");
    }

    [Theory]
    [InlineData(0.001)]
    [InlineData(0.2)]
    [InlineData(100)]
    public void SharesStayInRangeWhateverTheAlpha(double alpha)
    {
        double[] shares = [.. Enumerable.Range(0, 500).Select(i => BetaDraw.Symmetric(new PhiloxKey(3, RandomStream.Mixing, 2, (uint)i), alpha, 1))];
        Assert.All(shares, x => Assert.InRange(x, 0, 1));
        // The standard deviation of Beta(a, a) is 1 / (2 sqrt(2a + 1)); four standard errors of a mean of 500.
        Assert.Equal(0.5, shares.Average(), 4 / (2 * Math.Sqrt((2 * alpha) + 1) * Math.Sqrt(500)));
    }

    [Fact]
    public void MixupBlendsEachImageWithTheOneBeforeIt()
    {
        (byte[] before, Label[] labels) = Batch();
        byte[] after = [.. before];
        BatchMixer.Of(Options(mixup: 1))!.Mix(after, labels, 0, 5);
        for (int i = 0; i < Count; i++)
        {
            int other = (i + Count - 1) % Count;
            (int a, int b, float lambda, float weight) = (labels[i].A, labels[i].B, labels[i].Lambda, labels[i].Weight);
            Assert.Equal([Math.Min(i, other), Math.Max(i, other)], ((int[])[a, b]).Order());
            Assert.InRange(lambda, 0.5f, 1f);
            Assert.Equal(1f, weight);
            double own = a == i ? lambda : 1 - lambda;
            for (int p = 0; p < Bytes; p++)
                Assert.Equal((own * before[(i * Bytes) + p]) + ((1 - own) * before[(other * Bytes) + p]), after[(i * Bytes) + p], 0.5);
        }
    }

    [Fact]
    public void CutMixPastesABoxWhoseAreaIsTheShare()
    {
        int boxes = 0;
        for (int step = 0; step < 40; step++)
        {
            (byte[] before, Label[] labels) = Batch();
            byte[] after = [.. before];
            BatchMixer.Of(Options(cutmix: 1))!.Mix(after, labels, 0, step);
            (int Top, int Bottom, int Left, int Right)? box = null;
            for (int i = 0; i < Count; i++)
            {
                int other = (i + Count - 1) % Count;
                bool[] pasted = [.. Enumerable.Range(0, Side * Side).Select(p => after[(i * Bytes) + (3 * p)] != before[(i * Bytes) + (3 * p)])];
                for (int p = 0; p < Bytes; p++)
                    Assert.Equal(before[((pasted[p / 3] ? other : i) * Bytes) + p], after[(i * Bytes) + p]);
                int[] where = [.. Enumerable.Range(0, pasted.Length).Where(p => pasted[p])];
                float own = labels[i].A == i ? labels[i].Lambda : 1 - labels[i].Lambda;
                Assert.Equal(1 - ((float)where.Length / (Side * Side)), own, 1e-6f);
                if (where.Length == 0)
                    continue;
                (int, int, int, int) here = (where.Min() / Side, where.Max() / Side, where.Min(p => p % Side), where.Max(p => p % Side));
                Assert.Equal(where.Length, (here.Item2 - here.Item1 + 1) * (here.Item4 - here.Item3 + 1));
                Assert.Equal(box ??= here, here);
                boxes++;
            }
        }
        Assert.True(boxes > 100, $"only {boxes} boxes");
    }

    [Fact]
    public void BrokenImagesTakeNoPart()
    {
        (byte[] pixels, Label[] labels) = Batch();
        foreach (int broken in (int[])[0, 3, 5])
        {
            labels[broken] = Label.Ignored;
            pixels.AsSpan(broken * Bytes, Bytes).Clear();
        }
        byte[] before = [.. pixels];
        BatchMixer.Of(Options(mixup: 1))!.Mix(pixels, labels, 0, 5);
        foreach ((int i, int other) in (ReadOnlySpan<(int, int)>)[(1, 4), (2, 1), (4, 2)])
        {
            Assert.Equal([Math.Min(i, other), Math.Max(i, other)], ((int[])[labels[i].A, labels[i].B]).Order());
            double own = labels[i].A == i ? labels[i].Lambda : 1 - labels[i].Lambda;
            Assert.Equal((own * before[i * Bytes]) + ((1 - own) * before[other * Bytes]), pixels[i * Bytes], 0.5);
        }
        foreach (int broken in (int[])[0, 3, 5])
        {
            Assert.Equal(Label.Ignored, labels[broken]);
            Assert.True(pixels.AsSpan(broken * Bytes, Bytes).IndexOfAnyExcept((byte)0) < 0);
        }
    }

    [Fact]
    public void OfBothEachIsTakenForAboutHalfOfTheBatches()
    {
        BatchMixer mixer = BatchMixer.Of(Options(mixup: 1, cutmix: 1))!;
        int cut = 0;
        for (int step = 0; step < 200; step++)
        {
            (byte[] before, Label[] labels) = Batch();
            byte[] after = [.. before];
            mixer.Mix(after, labels, 1, step);
            // A pasted image has pixels of two images and none between them.
            cut += Enumerable.Range(0, Bytes).All(p => after[p] == before[p] || after[p] == before[((Count - 1) * Bytes) + p]) ? 1 : 0;
        }
        // Four standard deviations of 200 tosses.
        Assert.InRange(cut, 72, 128);
    }

    [Fact]
    public void ADrawDependsOnSeedEpochAndStepAlone()
    {
        byte[] Mixed(ulong seed, int epoch, int step)
        {
            (byte[] pixels, Label[] labels) = Batch();
            BatchMixer.Of(Options(mixup: 1, cutmix: 1, seed))!.Mix(pixels, labels, epoch, step);
            return pixels;
        }
        Assert.Equal(Mixed(1, 2, 3), Mixed(1, 2, 3));
        Assert.NotEqual(Mixed(1, 2, 3), Mixed(1, 2, 4));
        Assert.NotEqual(Mixed(1, 2, 3), Mixed(1, 3, 3));
        Assert.NotEqual(Mixed(1, 2, 3), Mixed(2, 2, 3));
    }

    [Fact]
    public void OneImageAloneStaysAsItIs()
    {
        (byte[] pixels, Label[] labels) = Batch();
        byte[] one = pixels[..Bytes];
        BatchMixer.Of(Options(mixup: 1))!.Mix(one, labels.AsSpan(0, 1), 0, 0);
        Assert.Equal(pixels[..Bytes], one);
        Assert.Equal((0, 0), (labels[0].A, labels[0].B));
    }

    private static (byte[] Pixels, Label[] Labels) Batch()
    {
        byte[] pixels = new byte[Count * Bytes];
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)(1 + (i / Bytes * 40) + new PhiloxKey(9, RandomStream.Split, 0, 0).Below((ulong)i, 40));
        return (pixels, [.. Enumerable.Range(0, Count).Select(Label.Of)]);
    }

    private static TrainingOptions Options(double mixup = 0, double cutmix = 0, ulong seed = 4) => new()
    {
        Architecture = Architecture.Of(ModelZoo.Find("resnet20-cifar"), 10, new TensorShape(3, Side, Side)),
        Data = "none",
        Mixup = mixup,
        Cutmix = cutmix,
        Seed = seed,
    };
}
