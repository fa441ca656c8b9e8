using Fovea.Kernels;
using Fovea.Models;

namespace Fovea.Training;

/// <summary>
/// Mixes the images of a batch with each other and their labels alike: mixup (Zhang et al., "mixup: beyond empirical risk minimization", 2018) or CutMix
/// (Yun et al., 2019), where both are wanted one of them by the toss of a coin for each batch, as timm does. Each sound image is mixed with the sound one
/// before it, the first with the last; one lambda of Beta(alpha, alpha) holds for the batch. Everything is drawn from (seed, epoch, step).
/// </summary>
internal sealed class BatchMixer
{
    // Blocks of the position: the first holds the choices, the others the share.
    private const ulong Coin = 0, CentreY = 1, CentreX = 2, ShareBlock = 1;
    private readonly double _mixup, _cutmix;
    private readonly ulong _seed;
    private readonly int _height, _rowBytes, _pixelBytes;
    private readonly byte[] _last;

    private BatchMixer(TrainingOptions options)
    {
        Architecture architecture = options.Architecture;
        (_mixup, _cutmix, _seed, _height, _pixelBytes) = (options.Mixup, options.Cutmix, options.Seed, architecture.Input.H, architecture.Input.C);
        _rowBytes = architecture.Input.W * _pixelBytes;
        _last = new byte[_height * _rowBytes];
    }

    /// <summary>The mixer that the options ask for; null where nothing is mixed.</summary>
    public static BatchMixer? Of(TrainingOptions options) => options.Mixup > 0 || options.Cutmix > 0 ? new BatchMixer(options) : null;

    /// <summary>Mixes a batch in place.</summary>
    /// <param name="pixels">Images of bytes, NHWC.</param>
    /// <param name="labels">Their targets; those without weight take no part.</param>
    /// <param name="epoch">The epoch, from 0.</param>
    /// <param name="step">The batch in the epoch, from 0.</param>
    public void Mix(Span<byte> pixels, Span<Label> labels, int epoch, int step)
    {
        PhiloxKey key = new(_seed, RandomStream.Mixing, (uint)epoch, (uint)step);
        bool cut = _cutmix > 0 && (_mixup == 0 || key.Word(Coin) >= 0x80000000u);
        double share = BetaDraw.Symmetric(key, cut ? _cutmix : _mixup, ShareBlock);
        Box box = cut ? Cut(key, share) : default;
        int units = (int)Math.Round(share * BlendKernels.Whole);
        // What the images really have of themselves: of grey levels in 256ths, of pixels.
        float lambda = cut ? 1 - ((float)box.Area / (_height * _rowBytes)) : (float)units / BlendKernels.Whole;
        int last = Sound(labels, labels.Length), i = last;
        if (last < 0 || lambda == 1)
            return;
        Image(pixels, last).CopyTo(_last);
        Label lastLabel = labels[last];
        for (int before = Sound(labels, last); i >= 0; (i, before) = (before, Sound(labels, before)))
        {
            ReadOnlySpan<byte> other = before < 0 ? _last : Image(pixels, before);
            if (cut)
                Paste(Image(pixels, i), other, box);
            else
                BlendKernels.Blend(units, Image(pixels, i), other);
            labels[i] = Mixed(labels[i], before < 0 ? lastLabel : labels[before], lambda);
        }
    }

    /// <summary>The class with the larger share comes first: it is the one that the training accuracy asks for.</summary>
    private static Label Mixed(Label own, Label other, float lambda) => lambda >= 0.5f
        ? new Label(own.A, other.A, lambda, own.Weight)
        : new Label(other.A, own.A, 1 - lambda, own.Weight);

    /// <summary>A box of a share of 1 - <paramref name="share"/> around a point anywhere, cut off at the image's edges.</summary>
    private Box Cut(PhiloxKey key, double share)
    {
        double ratio = Math.Sqrt(1 - share);
        int width = _rowBytes / _pixelBytes, halfHeight = (int)(_height * ratio) / 2, halfWidth = (int)(width * ratio) / 2;
        int y = key.Below(CentreY, _height), x = key.Below(CentreX, width);
        int left = Math.Max(0, x - halfWidth), right = Math.Min(width, x + halfWidth);
        return new Box(Math.Max(0, y - halfHeight), Math.Min(_height, y + halfHeight), left * _pixelBytes, (right - left) * _pixelBytes);
    }

    private void Paste(Span<byte> target, ReadOnlySpan<byte> source, Box box)
    {
        for (int y = box.Top; y < box.Bottom; y++)
            source.Slice((y * _rowBytes) + box.Left, box.Bytes).CopyTo(target[((y * _rowBytes) + box.Left)..]);
    }

    private Span<byte> Image(Span<byte> pixels, int index) => pixels.Slice(index * _last.Length, _last.Length);

    /// <summary>The last sound image before <paramref name="end"/>, or -1.</summary>
    private static int Sound(ReadOnlySpan<Label> labels, int end)
    {
        for (int i = end - 1; i >= 0; i--)
        {
            if (labels[i].Weight > 0)
                return i;
        }
        return -1;
    }

    /// <summary>Rows, and bytes in each of them.</summary>
    private readonly record struct Box(int Top, int Bottom, int Left, int Bytes)
    {
        public int Area => (Bottom - Top) * Bytes;
    }
}
