using Fovea.Kernels;

namespace Fovea.Data.Loading;

/// <summary>
/// A batch. It belongs to its reader and is valid until the reader's next <see cref="EpochReader.Next"/> or its disposal; then its memory is used
/// again.
/// </summary>
public sealed class LoaderBatch
{
    private readonly byte[] _pixels;
    private readonly Label[] _labels;
    private readonly int[] _samples;
    private readonly int _imageBytes;
    private readonly List<BrokenSample> _broken = [];

    internal LoaderBatch(int capacity, int imageBytes)
    {
        _imageBytes = imageBytes;
        _pixels = GC.AllocateUninitializedArray<byte>(checked(capacity * imageBytes));
        _labels = new Label[capacity];
        _samples = new int[capacity];
    }

    /// <summary>Count * Height * Width * Channels bytes, image after image, NHWC. The slot of a broken sample is zero.</summary>
    public ReadOnlySpan<byte> Pixels => _pixels.AsSpan(0, Count * _imageBytes);

    /// <summary>Count targets. The slot of a broken sample has weight 0 and counts nowhere.</summary>
    public ReadOnlySpan<Label> Labels => _labels.AsSpan(0, Count);

    /// <summary>The index in the data set of each of the Count images.</summary>
    public ReadOnlySpan<int> Samples => _samples.AsSpan(0, Count);

    /// <summary>Images in this batch, broken ones included: the batch size, or less in the last batch of an epoch.</summary>
    public int Count { get; private set; }

    /// <summary>The batch's number in its epoch, from 0.</summary>
    public int Index { get; private set; }

    /// <summary>Slots of this batch whose sample is broken.</summary>
    public int BrokenCount { get; internal set; }

    /// <summary>The broken samples of this batch that the loader has not reported before, in the batch's order.</summary>
    public IReadOnlyList<BrokenSample> Broken => _broken;

    /// <summary>Chunks of this batch that are not finished; guarded by the reader's lock.</summary>
    internal int Unfinished { get; set; }

    /// <summary>Every broken sample of this batch with its slot, in the order in which they were met; guarded by the reader's lock.</summary>
    internal List<(int Slot, BrokenSample Sample)> Met { get; } = [];

    internal void Begin(int index, int count, int chunks)
    {
        (Index, Count, Unfinished, BrokenCount) = (index, count, chunks, 0);
        _broken.Clear();
        Met.Clear();
    }

    internal Span<byte> Slot(int slot) => _pixels.AsSpan(slot * _imageBytes, _imageBytes);

    internal void Label(int slot, int sample, Label label) => (_samples[slot], _labels[slot]) = (sample, label);

    internal void Report(BrokenSample sample) => _broken.Add(sample);
}
