using Fovea.Data.Loading;
using Fovea.Data.Tests.Support;
using Fovea.Data.Transforms;

namespace Fovea.Data.Tests;

/// <summary>Counts what the process allocates, so nothing may run beside it.</summary>
[CollectionDefinition(nameof(LoaderAllocationTests), DisableParallelization = true)]
[Collection(nameof(LoaderAllocationTests))]
public class LoaderAllocationTests
{
    [Fact]
    public void Batches_are_recycled()
    {
        var options = new LoaderOptions { BatchSize = 100, Height = 5, Width = 6, Channels = 3, Workers = 1, Shuffle = true };
        var loader = new Loader(new FakeDataset(4000), TransformPipeline.Parse("random-crop(5x6,padding=2) hflip"), options);
        Read();
        long before = GC.GetTotalAllocatedBytes(precise: true);
        Read();
        // 40 batches of 9,000 bytes of pixels would be 360,000; what remains is the reader and its threads.
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 100_000);

        void Read()
        {
            using EpochReader reader = loader.Epoch(0);
            while (reader.Next() is not null)
            {
            }
        }
    }
}
