using Fovea.Imaging;
using Fovea.Kernels;
using Fovea.Kernels.Native;

namespace Fovea.Data.Loading;

/// <summary>
/// What one loader thread works with: a reader whose pictures are reused from epoch to epoch, and the way of a sample into its slot.
/// </summary>
internal sealed class LoaderWorker
{
    private readonly Loader _loader;
    private readonly SampleReader _reader;

    public LoaderWorker(Loader loader) => (_loader, _reader) = (loader, new SampleReader(loader.Dataset, loader.Transforms, loader.Options));

    /// <summary>The epoch that the samples are read for.</summary>
    public int Epoch { get; set; }

    /// <summary>
    /// Loading gives way to computing: on two cores one busy loader thread at the same priority would cost training a third of its speed.
    /// </summary>
    public static void LowerPriority() => LibC.SetThreadNice(19);

    /// <summary>Fills a slot; returns what is wrong with a broken sample, whose slot is then zero and counts nowhere.</summary>
    public BrokenSample? Fill(LoaderBatch batch, int slot, int sample)
    {
        IImageDataset dataset = _loader.Dataset;
        try
        {
            Load(batch.Slot(slot), sample);
            batch.Label(slot, sample, Label.Of(dataset.LabelOf(sample)));
            return null;
        }
        catch (Exception e) when (e is ImageException or SampleException)
        {
            batch.Slot(slot).Clear();
            batch.Label(slot, sample, Label.Ignored);
            return new BrokenSample(sample, dataset.Describe(sample), e.Message);
        }
        catch (FoveaException e)
        {
            throw new FoveaException($"Loading {dataset.Describe(sample)}: {e.Message}", e);
        }
    }

    private void Load(Span<byte> slot, int sample)
    {
        Image result = _reader.Read(sample, Epoch);
        if (result.Width != _loader.Options.Width || result.Height != _loader.Options.Height || result.Channels != _loader.Options.Channels)
            throw new FoveaException($"the picture has {result.Channels}x{result.Height}x{result.Width} after the transforms "
                + $"'{_loader.Transforms}', but a batch of "
                + $"{_loader.Options.Channels}x{_loader.Options.Height}x{_loader.Options.Width} is being made.");
        result.Pixels.CopyTo(slot);
    }
}
