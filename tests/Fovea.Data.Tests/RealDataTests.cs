using System.Reflection;
using Fovea.Data.Caching;
using Fovea.Data.Catalog;
using Fovea.Data.Inspection;
using Fovea.Data.Loading;
using Fovea.Data.Transforms;
using Fovea.Imaging;

namespace Fovea.Data.Tests;

/// <summary>On data that not every machine has.</summary>
public class RealDataTests
{
    private static string? Shared(string name)
    {
        string? shared = Environment.GetEnvironmentVariable("FOVEA_SHARED_DATA");
        for (string? folder = Path.GetDirectoryName(Assembly.GetExecutingAssembly().Location); shared is null && folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "Fovea.slnx")))
                shared = Path.Combine(folder, "..", "shared", "data");
        }
        string path = Path.Combine(shared ?? "", name);
        return Directory.Exists(path) ? path : null;
    }

    [SkippableFact]
    public void Fashion_mnist_is_the_published_one()
    {
        BuiltInDataset known = DatasetCatalog.Find("fashion-mnist")!;
        Skip.If(DatasetPlaces.Find(known, null) is null, "Fashion-MNIST is not installed.");
        DataSplits splits = DatasetCatalog.Open("fashion-mnist");
        Assert.Equal((60_000, 10_000), (splits.Train.Count, splits.Validation.Count));
        Assert.All(Enumerable.Range(0, 60_000).GroupBy(splits.Train.LabelOf), g => Assert.Equal(6000, g.Count()));
        Assert.Equal(["Ankle boot", "T-shirt/top", "T-shirt/top", "Dress"], Enumerable.Range(0, 4).Select(i => splits.Classes[splits.Train.LabelOf(i)]));
        InspectReport report = DatasetInspector.Inspect(splits, new InspectOptions { StatisticsImages = 0 });
        // The default preprocessing is these figures to four digits.
        Assert.Equal(known.Defaults.Mean[0], (float)Math.Round(report.Mean[0], 4));
        Assert.Equal(known.Defaults.Std[0], (float)Math.Round(report.Std[0], 4));
        Assert.Empty(report.Broken);
    }

    [SkippableFact]
    public void Photographs_from_a_cache_are_the_same_bits()
    {
        string? path = Shared("cats-vs-dogs");
        Skip.If(path is null, "The cats-and-dogs photographs are not here (FOVEA_SHARED_DATA).");
        Skip.IfNot(ImagingLibraries.Report().All(l => l.Found), "A decoder's library is not installed.");
        IImageDataset photographs = DatasetCatalog.Open(path, new DataOptions { LimitTrain = 40, Seed = 3 }).Train;
        TransformPipeline transforms = TransformPipeline.Parse("resize(60) random-resized-crop(48) hflip color-jitter(0.4,0.4,0.4,0.1)");
        var options = new LoaderOptions { BatchSize = 16, Height = 48, Width = 48, Channels = 3, Shuffle = true, Seed = 9, ScaledDecode = true };
        CacheOptions wanted = new() { Mode = CacheMode.Ram, Channels = 3, ScaledDecode = true };
        using SampleCache cache = CacheOpening.Open(photographs, transforms, wanted, _ => { })!;
        Assert.InRange(cache.Bytes, 40 * 60 * 60 * 3, 40 * 60 * 150 * 3);
        Loader plain = new(photographs, transforms, options), cached = new(photographs, transforms, options with { Cache = cache });
        Assert.Equal(Pixels(plain, 0), Pixels(cached, 0));
        Assert.True(cache.IsComplete);
        Assert.Equal(Pixels(plain, 1), Pixels(cached, 1));

        static byte[] Pixels(Loader loader, int epoch)
        {
            using EpochReader reader = loader.Epoch(epoch);
            using MemoryStream all = new();
            while (reader.Next() is { } batch)
                all.Write(batch.Pixels);
            return all.ToArray();
        }
    }

    [SkippableFact]
    public void Photographs_are_found_decoded_and_the_same_with_any_number_of_workers()
    {
        string? path = Shared("cats-vs-dogs");
        Skip.If(path is null, "The cats-and-dogs photographs are not here (FOVEA_SHARED_DATA).");
        Skip.IfNot(ImagingLibraries.Report().All(l => l.Found), "A decoder's library is not installed.");
        DataSplits whole = DatasetCatalog.Open(path);
        Assert.Equal((1400, 602), (whole.Train.Count, whole.Validation.Count));
        Assert.Equal(["cat", "dog"], whole.Classes);
        DataSplits splits = DatasetCatalog.Open(path, new DataOptions { LimitTrain = 60, Seed = 3 });
        Assert.Equal(30, Enumerable.Range(0, 60).Count(i => splits.Train.LabelOf(i) == 1));
        Assert.Equal(Digest(1), Digest(4));

        string Digest(int workers)
        {
            var options = new LoaderOptions { BatchSize = 16, Height = 64, Width = 64, Channels = 3, Workers = workers, Shuffle = true, Seed = 9, ScaledDecode = true };
            using EpochReader reader = new Loader(splits.Train, TransformPipeline.Parse("random-resized-crop(64) hflip"), options).Epoch(1);
            var parts = new List<string>();
            while (reader.Next() is { } batch)
            {
                Assert.Empty(batch.Broken);
                parts.Add(Fingerprints.OfBytes(batch.Pixels));
            }
            return string.Join(' ', parts);
        }
    }

    [SkippableFact]
    public void Odd_images_are_good_or_broken_and_nothing_else()
    {
        string? path = Shared("odd-images");
        Skip.If(path is null, "The odd images are not here (FOVEA_SHARED_DATA).");
        Skip.IfNot(ImagingLibraries.Report().All(l => l.Found), "A decoder's library is not installed.");
        // Its folders are no classes, but they are folders of files.
        DataSplits splits = DatasetCatalog.Open(path);
        var options = new LoaderOptions { BatchSize = 64, Height = 32, Width = 32, Channels = 3, AllowBroken = true, MaxPixels = 30_000_000 };
        var loader = new Loader(splits.All, TransformPipeline.Parse("resize(32) center-crop(32)"), options);
        using EpochReader reader = loader.Epoch(0);
        int broken = 0;
        while (reader.Next() is { } batch)
        {
            broken += batch.Broken.Count;
            Assert.All(batch.Broken, b => Assert.False(string.IsNullOrWhiteSpace(b.Reason)));
        }
        Assert.InRange(broken, 1, splits.All.Count - 1);
    }
}
