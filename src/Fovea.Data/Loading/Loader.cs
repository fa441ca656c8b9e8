using Fovea.Data.Transforms;
using Fovea.Kernels;

namespace Fovea.Data.Loading;

/// <summary>
/// Makes batches of a data set on threads of its own, ahead of its reader and bounded. What a batch holds depends on data, options, seed and epoch
/// alone,
/// never on the number of threads or on time. Batches are recycled: after the first epoch nothing large is allocated.
/// </summary>
public sealed class Loader
{
    private readonly HashSet<int> _reported = [];
    private int[]? _order;
    private LoaderBatch[]? _ring;
    private LoaderWorker[]? _workers;
    private bool _open;

    /// <summary>A loader of <paramref name="dataset"/>.</summary>
    /// <exception cref="FoveaException">
    /// The data set is empty, an option is out of its range, or the transforms do not give the size that the options name.
    /// </exception>
    public Loader(IImageDataset dataset, TransformPipeline transforms, LoaderOptions options)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(transforms);
        ArgumentNullException.ThrowIfNull(options);
        LoaderChecks.Check(dataset, transforms, options);
        (Dataset, Transforms, Options) = (dataset, transforms, options);
    }

    /// <summary>The data that is loaded.</summary>
    public IImageDataset Dataset { get; }

    /// <summary>What is done to each picture.</summary>
    public TransformPipeline Transforms { get; }

    /// <summary>The options as given.</summary>
    public LoaderOptions Options { get; }

    /// <summary>Batches in an epoch, the partial last one included.</summary>
    public int BatchesPerEpoch => (Dataset.Count - 1) / Options.BatchSize + 1;

    /// <summary>Bytes of one image of a batch: Height * Width * Channels.</summary>
    public int ImageBytes => Options.Height * Options.Width * Options.Channels;

    /// <summary>Broken samples met so far, over all epochs, each counted once.</summary>
    public int BrokenSamples => _reported.Count;

    /// <summary>
    /// Starts reading epoch <paramref name="epoch"/> (0 or more) from its first batch. One reader at a time: dispose it before the next.
    /// </summary>
    /// <exception cref="InvalidOperationException">The reader before was not disposed.</exception>
    public EpochReader Epoch(int epoch, CancellationToken cancellation = default) => Epoch(epoch, 0, cancellation);

    /// <summary>
    /// Starts reading epoch <paramref name="epoch"/> (0 or more) at batch <paramref name="firstBatch"/> (0 to <see cref="BatchesPerEpoch"/>), as
    /// resuming does:
    /// the batches are those that an uninterrupted epoch has from there on.
    /// </summary>
    /// <exception cref="InvalidOperationException">The reader before was not disposed.</exception>
    public EpochReader Epoch(int epoch, int firstBatch, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        ArgumentOutOfRangeException.ThrowIfNegative(firstBatch);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(firstBatch, BatchesPerEpoch);
        if (_open)
            throw new InvalidOperationException("The loader's last EpochReader must be disposed before the next is made.");
        Arrange(epoch);
        int batches = Math.Min(Options.PrefetchBatches + 1, BatchesPerEpoch);
        _ring ??= [.. Enumerable.Range(0, batches).Select(_ => new LoaderBatch(Math.Min(Options.BatchSize, Dataset.Count), ImageBytes))];
        _workers ??= [.. Enumerable.Range(0, Options.Workers).Select(_ => new LoaderWorker(this))];
        var reader = new EpochReader(this, epoch, firstBatch, _order!, _ring, _workers, cancellation);
        _open = true;
        return reader;
    }

    /// <summary>Forgets which broken samples were reported: the next reader reports them as if it were the first.</summary>
    public void ReportAnew() => _reported.Clear();

    internal void Closed() => _open = false;

    /// <summary>True the first time that it is asked about a sample.</summary>
    internal bool ReportOnce(int sample) => _reported.Add(sample);

    private void Arrange(int epoch)
    {
        bool fresh = _order is null;
        _order ??= new int[Dataset.Count];
        if (fresh || Options.Shuffle)
            Arrange(_order, Options, epoch);
    }

    /// <summary>The samples of an epoch in the order in which they come.</summary>
    internal static void Arrange(int[] order, LoaderOptions options, int epoch)
    {
        for (int i = 0; i < order.Length; i++)
            order[i] = i;
        if (options.Shuffle)
            Permutation.Shuffle(order, new PhiloxKey(options.Seed, RandomStream.Shuffle, (uint)epoch, 0));
    }
}
