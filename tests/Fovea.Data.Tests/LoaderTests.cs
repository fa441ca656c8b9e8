using System.Diagnostics;
using Fovea.Data.Loading;
using Fovea.Data.Tests.Support;
using Fovea.Data.Transforms;
using Fovea.Imaging;
using Fovea.Kernels;

namespace Fovea.Data.Tests;

public class LoaderTests
{
    private const string Augmented = "random-crop(5x6,padding=2) hflip";

    private static LoaderOptions Options(int batch = 8, int workers = 2, bool shuffle = true, ulong seed = 1, int prefetch = 2) =>
        new() { BatchSize = batch, Height = 5, Width = 6, Channels = 3, Workers = workers, Shuffle = shuffle, Seed = seed, PrefetchBatches = prefetch };

    private static Loader New(IImageDataset data, LoaderOptions options, string transforms = "") => new(data, TransformPipeline.Parse(transforms), options);

    /// <summary>Everything that an epoch says, as text that can be compared.</summary>
    private static List<string> Read(Loader loader, int epoch, int firstBatch = 0)
    {
        var batches = new List<string>();
        using EpochReader reader = loader.Epoch(epoch, firstBatch);
        while (reader.Next() is { } batch)
            batches.Add($"{batch.Index} {batch.Count} {Convert.ToHexString(batch.Pixels)} {string.Join(',', batch.Samples.ToArray())} {string.Join(',', batch.Labels.ToArray())}");
        Assert.Null(reader.Next());
        return batches;
    }

    [Fact]
    public void Without_shuffling_batches_follow_the_data_and_the_last_is_smaller()
    {
        Loader loader = New(new FakeDataset(21), Options(shuffle: false));
        Assert.Equal(3, loader.BatchesPerEpoch);
        using EpochReader reader = loader.Epoch(0);
        for (int b = 0; b < 3; b++)
        {
            LoaderBatch batch = reader.Next()!;
            Assert.Equal((b, b < 2 ? 8 : 5), (batch.Index, batch.Count));
            Assert.Equal(batch.Count * 5 * 6 * 3, batch.Pixels.Length);
            for (int i = 0; i < batch.Count; i++)
            {
                Assert.Equal(8 * b + i, batch.Samples[i]);
                Assert.Equal(Label.Of((8 * b + i) % 3), batch.Labels[i]);
                for (int p = 0; p < 90; p++)
                    Assert.Equal(FakeDataset.Pixel(8 * b + i, p), batch.Pixels[90 * i + p]);
            }
        }
        Assert.Null(reader.Next());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(64)]
    public void The_number_of_workers_changes_no_bit(int batch)
    {
        var data = new FakeDataset(50) { OnRead = i => Thread.SpinWait(i % 7 * 300) };
        List<string> one = Read(New(data, Options(batch, workers: 1), Augmented), 3);
        Assert.Equal(one, Read(New(data, Options(batch, workers: 2), Augmented), 3));
        Assert.Equal(one, Read(New(data, Options(batch, workers: 5, prefetch: 1), Augmented), 3));
        Assert.Equal(one, Read(New(data, Options(batch, workers: 5, prefetch: 9), Augmented), 3));
    }

    [Fact]
    public void Seed_and_epoch_decide_the_order_and_the_augmentation()
    {
        var data = new FakeDataset(40);
        Loader loader = New(data, Options(), Augmented);
        List<string> zero = Read(loader, 0), one = Read(loader, 1);
        Assert.NotEqual(zero, one);
        Assert.Equal(zero, Read(loader, 0));
        Assert.Equal(one, Read(New(data, Options(), Augmented), 1));
        Assert.NotEqual(zero, Read(New(data, Options(seed: 2), Augmented), 0));
        // Order alone: each sample once.
        using EpochReader reader = loader.Epoch(5);
        var seen = new List<int>();
        while (reader.Next() is { } batch)
            seen.AddRange(batch.Samples);
        Assert.Equal(Enumerable.Range(0, 40), seen.Order());
        Assert.NotEqual(Enumerable.Range(0, 40), seen);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(6)]
    public void Resuming_within_an_epoch_gives_the_rest_of_it(int firstBatch)
    {
        var data = new FakeDataset(43);
        List<string> whole = Read(New(data, Options(), Augmented), 2);
        Assert.Equal(6, whole.Count);
        Assert.Equal(whole.Skip(firstBatch), Read(New(data, Options(), Augmented), 2, firstBatch));
    }

    [Fact]
    public void An_epoch_left_early_leaves_nothing_behind()
    {
        var data = new FakeDataset(100);
        Loader loader = New(data, Options(), Augmented);
        List<string> expected = Read(New(data, Options(), Augmented), 1);
        for (int taken = 0; taken < 4; taken++)
        {
            using EpochReader reader = loader.Epoch(0);
            for (int b = 0; b < taken; b++)
                Assert.Equal(b, reader.Next()!.Index);
        }
        Assert.Equal(expected, Read(loader, 1));
    }

    [Fact]
    public void Loading_ahead_is_bounded()
    {
        int read = 0;
        var data = new FakeDataset(1000) { OnRead = _ => Interlocked.Increment(ref read) };
        using EpochReader reader = New(data, Options(batch: 10, prefetch: 3, workers: 3)).Epoch(0);
        Settles(40);
        reader.Next();
        Settles(40);
        reader.Next();
        Settles(50);

        // Gets there, however busy the machine is, and then goes no further.
        void Settles(int expected)
        {
            Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref read) >= expected, TimeSpan.FromSeconds(60)));
            Thread.Sleep(80);
            Assert.Equal(expected, Volatile.Read(ref read));
        }
    }

    [Fact]
    public void Cancelling_wakes_a_waiting_reader_and_stops_the_workers()
    {
        using var stuck = new ManualResetEventSlim();
        using var cancellation = new CancellationTokenSource();
        var data = new FakeDataset(100) { OnRead = _ => stuck.Wait() };
        Loader loader = New(data, Options());
        using (EpochReader reader = loader.Epoch(0, cancellation.Token))
        {
            cancellation.CancelAfter(50);
            Assert.Throws<OperationCanceledException>(() => reader.Next());
            Assert.Throws<OperationCanceledException>(() => reader.Next());
            stuck.Set();
        }
        Assert.Equal(13, Read(loader, 0).Count);
    }

    [Fact]
    public void One_reader_at_a_time()
    {
        Loader loader = New(new FakeDataset(10), Options());
        EpochReader first = loader.Epoch(0);
        Assert.Throws<InvalidOperationException>(() => loader.Epoch(1));
        first.Dispose();
        first.Dispose();
        Assert.Throws<ObjectDisposedException>(() => first.Next());
        Assert.Equal(2, Read(loader, 1).Count);
    }

    [Fact]
    public void Waiting_is_measured()
    {
        using var ready = new ManualResetEventSlim();
        var data = new FakeDataset(4) { OnRead = _ => ready.Wait() };
        using EpochReader reader = New(data, Options(batch: 4, workers: 1)).Epoch(0);
        Thread waiting = Thread.CurrentThread;
        bool called = false;
        double waited = 0;
        var release = new Thread(() =>
        {
            // The clock starts when the reader waits for sure, however long that takes on a busy machine.
            while (!Volatile.Read(ref called) || (waiting.ThreadState & System.Threading.ThreadState.WaitSleepJoin) == 0)
                Thread.Sleep(1);
            long start = Stopwatch.GetTimestamp();
            Thread.Sleep(200);
            waited = Stopwatch.GetElapsedTime(start).TotalSeconds;
            ready.Set();
        });
        release.Start();
        Volatile.Write(ref called, true);
        long before = Stopwatch.GetTimestamp();
        reader.Next();
        double took = Stopwatch.GetElapsedTime(before).TotalSeconds;
        release.Join();
        Assert.InRange(reader.WaitSeconds, waited, took);
        Assert.Null(reader.Next());
    }

    [Fact]
    public void Options_and_sizes_are_checked_before_anything_is_read()
    {
        void Refused(string expected, LoaderOptions options, string transforms = "", int count = 5) =>
            Assert.Contains(expected, Assert.Throws<FoveaException>(() => New(new FakeDataset(count), options, transforms)).Message);
        Refused("has no samples", Options(), count: 0);
        Refused("--batch-size 0", Options(batch: 0));
        Refused("--workers 0", Options(workers: 0));
        Refused("--workers 1000", Options(workers: 1000));
        Refused("2 channels", Options() with { Channels = 2 });
        Refused("are 7x7 (height x width), but the network takes 5x6", Options(), "center-crop(7)");
        Refused("without transforms the pictures are 5x6", Options() with { Height = 7 });
        Refused("does not fit", Options(), "random-crop(50)");
        var photographs = Assert.Throws<FoveaException>(() => New(new VaryingDataset(), Options(), "resize(9)"));
        Assert.Contains("End the transforms with such as center-crop(5x6)", photographs.Message);
    }

    [Fact]
    public void A_transform_that_does_not_fit_a_picture_names_the_picture()
    {
        using EpochReader reader = New(new VaryingDataset(), Options(), "random-crop(5x6)").Epoch(0);
        string error = Assert.Throws<FoveaException>(() => reader.Next()).Message;
        Assert.Contains("varying/", error);
        Assert.Contains("does not fit into a picture of 3x3", error);
    }

    [Fact]
    public void Other_errors_reach_the_reader_as_they_are()
    {
        var data = new FakeDataset(20) { Break = i => i == 11 ? new InvalidTimeZoneException("x") : null };
        using EpochReader reader = New(data, Options()).Epoch(0);
        Assert.Throws<InvalidTimeZoneException>(() =>
        {
            while (reader.Next() is not null)
            {
            }
        });
    }

    private sealed class VaryingDataset : IImageDataset
    {
        public string Name => "varying";

        public IReadOnlyList<string> Classes => ["a", "b"];

        public int Count => 3;

        public int Channels => 3;

        public (int Width, int Height)? FixedSize => null;

        public string Fingerprint => "";

        public int LabelOf(int index) => 0;

        public string Describe(int index) => $"varying/{index}";

        public void Read(int index, Image target, in ReadOptions options) => target.Reset(3, 3, 3);
    }
}
