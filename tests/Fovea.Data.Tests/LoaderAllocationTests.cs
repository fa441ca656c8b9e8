using Fovea.Data.Caching;
using Fovea.Data.Loading;
using Fovea.Data.Tests.Support;
using Fovea.Data.Transforms;

namespace Fovea.Data.Tests;

/// <summary>Counts what the process allocates, so nothing may run beside it.</summary>
[CollectionDefinition(nameof(LoaderAllocationTests), DisableParallelization = true)]
[Collection(nameof(LoaderAllocationTests))]
public class LoaderAllocationTests
{
    [Theory]
    [InlineData("random-crop(5x6,padding=2) hflip", false)]
    [InlineData("resize(5x6) vflip color-jitter(0.4,0.4,0.4,0.1) pca-noise grayscale rotate(20) affine(5,scale=0.9:1.1) random-erasing rand-augment trivial-augment", false)]
    [InlineData("resize(5x6) rotate(20,interpolation=bilinear)", true)]
    public void Batches_are_recycled(string transforms, bool cached)
    {
        TransformPipeline pipeline = TransformPipeline.Parse(transforms);
        CacheOptions wanted = new() { Mode = cached ? CacheMode.Ram : CacheMode.None, Channels = 3 };
        using SampleCache? cache = CacheOpening.Open(new FakeDataset(4000), pipeline, wanted, _ => { });
        var options = new LoaderOptions { BatchSize = 100, Height = 5, Width = 6, Channels = 3, Workers = 1, Shuffle = true, Cache = cache };
        var loader = new Loader(new FakeDataset(4000), pipeline, options);
        Read();
        // 40 batches of 9,000 bytes of pixels would be 360,000; what remains is the reader and its threads.
        Assert.InRange(Allocated.ByProcess(Read, 5), 0, 100_000);

        void Read()
        {
            using EpochReader reader = loader.Epoch(0);
            while (reader.Next() is not null)
            {
            }
        }
    }
}
