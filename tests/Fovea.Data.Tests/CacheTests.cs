using Fovea.Data.Caching;
using Fovea.Data.Catalog;
using Fovea.Data.Loading;
using Fovea.Data.Tests.Support;
using Fovea.Data.Transforms;
using Fovea.Imaging;
using Fovea.Kernels;

namespace Fovea.Data.Tests;

public class CacheTests
{
    private const int Count = 30;
    private static readonly TransformPipeline Transforms = TransformPipeline.Parse("resize(9x8) vflip(1) random-crop(7,padding=1) hflip color-jitter(0.4,0.4)");

    private static CacheOptions Wanted(CacheMode mode, string folder = ".", int channels = 3) => new() { Mode = mode, Folder = folder, Channels = channels, ScaledDecode = true };

    private static SampleCache? Open(IImageDataset dataset, CacheOptions options, List<string>? notes = null, TransformPipeline? transforms = null) =>
        CacheOpening.Open(dataset, transforms ?? Transforms, options, (notes ?? []).Add);

    private static Loader NewLoader(IImageDataset dataset, SampleCache? cache, int workers = 2, TransformPipeline? transforms = null) =>
        new(dataset, transforms ?? Transforms, Options(cache, workers));

    private static LoaderOptions Options(SampleCache? cache, int workers = 2) =>
        new() { BatchSize = 8, Height = 7, Width = 7, Channels = 3, Workers = workers, Shuffle = true, Seed = 3, AllowBroken = true, ScaledDecode = true, Cache = cache };

    /// <summary>Everything that an epoch delivers, as text.</summary>
    private static string Epoch(Loader loader, int epoch, int firstBatch = 0)
    {
        List<string> batches = [];
        using EpochReader reader = loader.Epoch(epoch, firstBatch);
        while (reader.Next() is { } batch)
            batches.Add($"{Convert.ToHexString(batch.Pixels)} {string.Join(' ', batch.Samples.ToArray())} {string.Join(' ', batch.Broken.Select(b => b.Reason))}");
        return string.Join('\n', batches);
    }

    private static FakeDataset Data(HashSet<int>? read = null, bool broken = true) => new(Count, 20, 16)
    {
        OnRead = i =>
        {
            lock (Transforms)
                read?.Add(i);
        },
        Break = i => broken && i == 11 ? new ImageException("it is broken") : null,
    };

    [Theory]
    [InlineData(CacheMode.Ram, 1)]
    [InlineData(CacheMode.Ram, 3)]
    [InlineData(CacheMode.Disk, 1)]
    [InlineData(CacheMode.Disk, 3)]
    public void Batches_are_the_same_bits_and_nothing_is_read_twice(CacheMode mode, int workers)
    {
        using TempFolder folder = new();
        HashSet<int> read = [];
        using SampleCache cache = Open(Data(), Wanted(mode, folder.At("cache")))!;
        Assert.Equal(2, cache.Transforms);
        Loader plain = NewLoader(Data(), null), cached = NewLoader(Data(read), cache, workers);
        Assert.Equal(Epoch(plain, 0), Epoch(cached, 0));
        Assert.Equal(Count, read.Count);
        Assert.True(cache.IsComplete);
        read.Clear();
        Assert.Equal(Epoch(plain, 1), Epoch(cached, 1));
        // A run that is resumed inside an epoch.
        Assert.Equal(Epoch(plain, 2, 2), Epoch(NewLoader(Data(read), cache, workers), 2, 2));
        Assert.Empty(read);
    }

    [Fact]
    public void A_file_serves_later_runs()
    {
        using TempFolder folder = new();
        List<string> notes = [];
        using (SampleCache first = Open(Data(), Wanted(CacheMode.Disk, folder.Path), notes)!)
            Epoch(NewLoader(Data(), first), 0);
        Assert.Contains("1 MiB for 30 images of fake after 'resize(9x8) vflip(p=1)'", notes[0]);
        string file = Assert.Single(Directory.GetFiles(folder.Path));
        HashSet<int> read = [];
        using SampleCache second = Open(Data(), Wanted(CacheMode.Disk, folder.Path), notes)!;
        Assert.Contains(file, notes[1]);
        // Two at once.
        using SampleCache third = Open(Data(), Wanted(CacheMode.Disk, folder.Path))!;
        Assert.Equal(Epoch(NewLoader(Data(), null), 4), Epoch(NewLoader(Data(read), second), 4));
        Assert.Equal(Epoch(NewLoader(Data(), null), 5), Epoch(NewLoader(Data(read), third), 5));
        Assert.Empty(read);
    }

    [Fact]
    public void A_cache_that_was_not_completed_is_made_anew()
    {
        using TempFolder folder = new();
        SampleCache first = Open(Data(), Wanted(CacheMode.Disk, folder.Path))!;
        SampleReader reader = new(Data(broken: false), Transforms, Options(first));
        for (int sample = 0; sample < Count / 3; sample++)
            reader.Read(sample, 0);
        Assert.False(first.IsComplete);
        // As a process leaves it that is killed: the bytes are there, and nobody holds the file.
        string partial = Assert.Single(Directory.GetFiles(folder.Path));
        byte[] bytes = File.ReadAllBytes(partial);
        Assert.True(bytes.Length > 104);
        first.Dispose();
        Assert.Empty(Directory.GetFiles(folder.Path));
        File.WriteAllBytes(partial, bytes);
        HashSet<int> read = [];
        using SampleCache second = Open(Data(), Wanted(CacheMode.Disk, folder.Path))!;
        Assert.False(second.IsComplete);
        Assert.False(File.Exists(partial));
        Assert.Equal(Epoch(NewLoader(Data(), null), 0), Epoch(NewLoader(Data(read), second), 0));
        Assert.Equal(Count, read.Count);
    }

    [Fact]
    public void Damaged_files_are_never_taken()
    {
        using TempFolder folder = new();
        using (SampleCache first = Open(Data(), Wanted(CacheMode.Disk, folder.Path))!)
            Epoch(NewLoader(Data(), first), 0);
        string file = Assert.Single(Directory.GetFiles(folder.Path));
        byte[] whole = File.ReadAllBytes(file);
        int index = whole.Length - 16 * Count;
        // Every byte of the header and of the index, and every length.
        IEnumerable<byte[]> damaged = Enumerable.Range(0, 104).Where(i => i is not (>= 20 and < 24) and not (>= 96)).Concat(Enumerable.Range(index, 16 * Count)).Select(i =>
        {
            byte[] bytes = [.. whole];
            bytes[i] ^= 1;
            return bytes;
        });
        foreach (byte[] bytes in damaged.Concat([[], whole[..50], whole[..index], whole[..^1], [.. whole, 0]]))
        {
            File.WriteAllBytes(file, bytes);
            using SampleCache again = Open(Data(), Wanted(CacheMode.Disk, folder.Path))!;
            Assert.False(again.IsComplete);
        }
        File.WriteAllBytes(file, whole);
        using SampleCache sound = Open(Data(), Wanted(CacheMode.Disk, folder.Path))!;
        Assert.True(sound.IsComplete);
    }

    [Fact]
    public void Another_data_set_transform_or_way_of_reading_has_another_file()
    {
        string[] prints =
        [
            Print("resize(9x8) hflip", Wanted(CacheMode.Disk), Data()), Print("resize(9x9) hflip", Wanted(CacheMode.Disk), Data()),
            Print("resize(9x8) vflip(1) hflip", Wanted(CacheMode.Disk), Data()), Print("hflip", Wanted(CacheMode.Disk), Data()),
            Print("resize(9x8) hflip", Wanted(CacheMode.Disk, channels: 1), Data()), Print("resize(9x8) hflip", Wanted(CacheMode.Disk) with { ScaledDecode = false }, Data()),
            Print("resize(9x8) hflip", Wanted(CacheMode.Disk) with { MaxPixels = 100 }, Data()),
            Print("resize(9x8) hflip", Wanted(CacheMode.Disk), new SubsetDataset("part", Data(), [1, 2])), Print("resize(9x8) hflip", Wanted(CacheMode.Disk), new SubsetDataset("part", Data(), [1, 3])),
        ];
        Assert.Equal(prints.Length, prints.Distinct().Count());
        // What is random does not matter, nor where the file lies.
        Assert.Equal(prints[0], Print("resize(9x8) random-crop(4) rand-augment", Wanted(CacheMode.Disk, "elsewhere"), Data()));

        static string Print(string text, CacheOptions options, IImageDataset data)
        {
            TransformPipeline transforms = TransformPipeline.Parse(text);
            return CacheFingerprint.Of(data, transforms.Transforms.Take(transforms.LeadingFixed), options);
        }
    }

    [Fact]
    public void A_file_of_photographs_changed_in_place_is_noticed()
    {
        using TempFolder folder = new();
        foreach (string name in new[] { "a/1.bmp", "a/2.bmp", "b/1.bmp", "b/2.bmp" })
            folder.Write(name, Files.Bmp(4, 3, 7));
        string before = DatasetCatalog.Open(folder.Path).Train.CacheStamp, fingerprint = DatasetCatalog.Open(folder.Path).Train.Fingerprint;
        Assert.Equal(before, DatasetCatalog.Open(folder.Path).Train.CacheStamp);
        foreach (string file in Directory.GetFiles(folder.Path, "*.bmp", SearchOption.AllDirectories))
            File.SetLastWriteTimeUtc(file, File.GetLastWriteTimeUtc(file).AddSeconds(1));
        Assert.NotEqual(before, DatasetCatalog.Open(folder.Path).Train.CacheStamp);
        Assert.Equal(fingerprint, DatasetCatalog.Open(folder.Path).Train.Fingerprint);
    }

    [Fact]
    public void A_full_disk_is_told_once_and_loading_goes_on()
    {
        foreach (bool keepWhatFits in new[] { false, true })
        {
            var store = new SmallStore(10 * 9 * 8 * 3);
            using SampleCache cache = new(store, new CacheIndex(Count), 3, 2, 0, keepWhatFits);
            HashSet<int> read = [];
            Loader plain = NewLoader(Data(broken: false), null), cached = NewLoader(Data(read, broken: false), cache, workers: 3);
            Assert.Equal(Epoch(plain, 0), Epoch(cached, 0));
            Assert.Contains("no room left on this disk", Assert.Single(cache.TakeNotes()));
            Assert.Empty(cache.TakeNotes());
            read.Clear();
            Assert.Equal(Epoch(plain, 1), Epoch(cached, 1));
            Assert.Equal(keepWhatFits ? Count - 10 : Count, read.Count);
            Assert.Equal(!keepWhatFits, store.IsClosed);
        }
    }

    [Fact]
    public void A_file_that_could_not_be_read_is_tried_again()
    {
        using TempFolder folder = new();
        bool locked = true;
        FakeDataset data = new(Count, 20, 16) { Break = i => locked && i == 4 ? new SampleException("locked", new IOException()) : null };
        using (SampleCache cache = Open(data, Wanted(CacheMode.Disk, folder.Path))!)
        {
            Epoch(NewLoader(data, cache), 0);
            Assert.True(cache.IsComplete);
            locked = false;
            Assert.Equal(Epoch(NewLoader(data, null), 1), Epoch(NewLoader(data, cache), 1));
        }
        using SampleCache later = Open(data, Wanted(CacheMode.Disk, folder.Path))!;
        Assert.Equal(Epoch(NewLoader(data, null), 1), Epoch(NewLoader(data, later), 1));
    }

    [Fact]
    public void More_memory_than_is_free_is_refused_with_the_figure()
    {
        FakeDataset huge = new(100_000_000, 20, 16);
        string error = Assert.Throws<FoveaException>(() => Open(huge, Wanted(CacheMode.Ram), transforms: TransformPipeline.Parse("resize(224x224) hflip"))).Message;
        Assert.Contains("14355468 MiB for 100000000 images", error);
        Assert.Contains("MiB of memory are free", error);
        Assert.Contains("--cache disk", error);
        using TempFolder folder = new();
        List<string> notes = [];
        Assert.Null(Open(huge, Wanted(CacheMode.Disk, folder.Path), notes, TransformPipeline.Parse("resize(224x224) hflip")));
        Assert.Contains("14355468 MiB", Assert.Single(notes));
    }

    [Fact]
    public void Nothing_to_keep_is_said()
    {
        using TempFolder folder = new();
        List<string> notes = [];
        Assert.Null(Open(Data(), Wanted(CacheMode.Ram), notes, TransformPipeline.Parse("hflip")));
        Assert.Contains("lies in memory already", Assert.Single(notes));
        Assert.Null(Open(Data(), Wanted(CacheMode.None)));
        foreach (string name in new[] { "a/1.bmp", "a/2.bmp", "b/1.bmp", "b/2.bmp" })
            folder.Write(name, Files.Bmp(40, 30, 7));
        IImageDataset photographs = DatasetCatalog.Open(folder.Path).Train;
        string error = Assert.Throws<FoveaException>(() => Open(photographs, Wanted(CacheMode.Ram), notes, TransformPipeline.Parse("random-resized-crop(224) hflip"))).Message;
        Assert.Contains("'resize(256) random-resized-crop(224) hflip'", error);
        // Decoding is worth keeping by itself; its size comes from the headers.
        using SampleCache cache = Open(photographs, Wanted(CacheMode.Ram), notes, TransformPipeline.Parse("random-crop(20) hflip"))!;
        Assert.Equal(0, cache.Transforms);
        Assert.Equal(photographs.Count * 40 * 30 * 3, cache.Bytes);
        List<string> blocked = [];
        Assert.Null(Open(photographs, Wanted(CacheMode.Disk, folder.At("a", "1.bmp")), blocked, TransformPipeline.Parse("random-crop(20) hflip")));
        Assert.Contains("going on without it", Assert.Single(blocked));
    }

    /// <summary>Takes so many bytes.</summary>
    private sealed class SmallStore(int room) : ICacheStore
    {
        private readonly MemoryStream _bytes = new();

        public bool IsClosed { get; private set; }

        public long Write(ReadOnlySpan<byte> bytes)
        {
            lock (_bytes)
            {
                if (_bytes.Length + bytes.Length > room)
                    throw new IOException("no room left on this disk");
                long at = _bytes.Length;
                _bytes.Write(bytes);
                return at;
            }
        }

        public void Read(long at, Span<byte> bytes)
        {
            lock (_bytes)
                _bytes.GetBuffer().AsSpan((int)at, bytes.Length).CopyTo(bytes);
        }

        public string? Complete(CacheIndex index) => null;

        public void Dispose() => IsClosed = true;
    }
}
