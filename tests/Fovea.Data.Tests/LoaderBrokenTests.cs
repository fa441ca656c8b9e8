using Fovea.Data.Loading;
using Fovea.Data.Tests.Support;
using Fovea.Data.Transforms;
using Fovea.Imaging;
using Fovea.Kernels;

namespace Fovea.Data.Tests;

public class LoaderBrokenTests
{
    private static Loader New(int count, Func<int, bool> broken, bool allow = false, double limit = 0.01, bool shuffle = true) =>
        new(new FakeDataset(count) { Break = i => !broken(i) ? null : i % 2 == 0 ? new ImageException($"bad {i}") : new SampleException($"gone {i}", new IOException()) },
            TransformPipeline.Empty, new LoaderOptions { BatchSize = 16, Height = 5, Width = 6, Channels = 3, Shuffle = shuffle, BrokenLimit = limit, AllowBroken = allow });

    private static List<BrokenSample> Reported(Loader loader, int epoch, out int counted)
    {
        var reported = new List<BrokenSample>();
        using EpochReader reader = loader.Epoch(epoch);
        while (reader.Next() is { } batch)
            reported.AddRange(batch.Broken);
        counted = reader.BrokenCount;
        return reported;
    }

    [Fact]
    public void A_broken_sample_keeps_its_slot_and_counts_nowhere()
    {
        using EpochReader reader = New(300, i => i is 3 or 20, shuffle: false).Epoch(0);
        LoaderBatch batch = reader.Next()!;
        Assert.Equal((16, 1), (batch.Count, batch.BrokenCount));
        Assert.Equal(new BrokenSample(3, "fake/3.png", "gone 3"), Assert.Single(batch.Broken));
        Assert.Equal(Label.Ignored, batch.Labels[3]);
        Assert.Equal(0f, batch.Labels[3].Weight);
        Assert.Equal(-1, batch.Pixels.Slice(3 * 90, 90).IndexOfAnyExcept((byte)0));
        Assert.Equal(Label.Of(4 % 3), batch.Labels[4]);
        Assert.Equal(FakeDataset.Pixel(4, 0), batch.Pixels[4 * 90]);
        Assert.Equal(3, batch.Samples[3]);
        Assert.Equal(new BrokenSample(20, "fake/20.png", "bad 20"), Assert.Single(reader.Next()!.Broken));
        Assert.Empty(reader.Next()!.Broken);
    }

    [Fact]
    public void Each_is_reported_once_and_counted_in_every_epoch()
    {
        Loader loader = New(400, i => i % 100 == 7);
        Assert.Equal([7, 107, 207, 307], Reported(loader, 0, out int first).Select(b => b.Index).Order());
        Assert.Empty(Reported(loader, 1, out int second));
        Assert.Equal((4, 4, 4), (first, second, loader.BrokenSamples));
    }

    [Theory]
    [InlineData(400, 4, 0.01, false)]
    [InlineData(400, 5, 0.01, true)]
    [InlineData(399, 4, 0.01, true)]
    [InlineData(50, 1, 0.01, true)]
    [InlineData(50, 1, 0.02, false)]
    [InlineData(50, 1, 0, true)]
    public void More_than_the_limit_stops_unless_allowed(int count, int broken, double limit, bool stops)
    {
        if (!stops)
        {
            Assert.Equal(broken, Reported(New(count, i => i < broken, limit: limit), 0, out _).Count);
            return;
        }
        string error = Assert.Throws<FoveaException>(() => Reported(New(count, i => i < broken, limit: limit), 0, out _)).Message;
        Assert.Contains($"{broken} of {count} samples are broken", error);
        Assert.Contains("fake/0.png: bad 0", error);
        Assert.Contains("--allow-broken", error);
        Assert.Equal(broken, Reported(New(count, i => i < broken, allow: true, limit: limit), 0, out _).Count);
    }

    [Fact]
    public void A_data_set_that_is_all_broken_can_be_read_when_allowed()
    {
        Assert.Equal(100, Reported(New(100, _ => true, allow: true), 0, out int counted).Count);
        Assert.Equal(100, counted);
    }
}
