using Fovea.Imaging;

namespace Fovea.Data;

/// <summary>A data set that lies in memory whole: pictures of one size, HWC, one after the other.</summary>
internal sealed class MemoryDataset : IImageDataset
{
    private readonly byte[] _pixels, _labels;
    private readonly int _width, _height, _imageBytes;
    private readonly string _split;

    /// <summary>
    /// Pictures and labels, already checked: pixels.Length = labels.Length * height * width * channels, labels below the class count.
    /// </summary>
    /// <param name="name">The data set's name, such as "mnist".</param>
    /// <param name="split">The split's name, such as "train".</param>
    /// <param name="defaults">Size and channels.</param>
    /// <param name="classes">Class names.</param>
    /// <param name="pixels">All pictures.</param>
    /// <param name="labels">All labels.</param>
    public MemoryDataset(string name, string split, DataDefaults defaults, IReadOnlyList<string> classes, byte[] pixels, byte[] labels)
    {
        (_width, _height) = defaults.Size ?? throw new ArgumentException("Pictures in memory have one size.", nameof(defaults));
        (_split, _pixels, _labels, Channels, Classes) = (split, pixels, labels, defaults.Channels, classes);
        _imageBytes = _width * _height * Channels;
        if (pixels.LongLength != (long)labels.Length * _imageBytes)
            throw new ArgumentException($"{labels.Length} pictures of {_imageBytes} bytes are not {pixels.LongLength} bytes.", nameof(pixels));
        Name = $"{name} {split}";
        Fingerprint = Fingerprints.OfText([.. classes, Fingerprints.OfBytes(pixels), Fingerprints.OfBytes(labels)]);
    }

    public string Name { get; }

    public IReadOnlyList<string> Classes { get; }

    public int Count => _labels.Length;

    public int Channels { get; }

    public (int Width, int Height)? FixedSize => (_width, _height);

    public string Fingerprint { get; }

    public int LabelOf(int index) => _labels[index];

    public string Describe(int index) => $"{_split} image {index}";

    public void Read(int index, Image target, in ReadOptions options)
    {
        ArgumentNullException.ThrowIfNull(target);
        target.Reset(_width, _height, options.Channels);
        ReadOnlySpan<byte> from = _pixels.AsSpan(index * _imageBytes, _imageBytes);
        if (options.Channels == Channels)
            from.CopyTo(target.Pixels);
        else if (Channels == 1)
            Widen(from, target.Pixels);
        else
            Luma(from, target.Pixels);
    }

    private static void Widen(ReadOnlySpan<byte> grey, Span<byte> rgb)
    {
        for (int i = 0; i < grey.Length; i++)
            rgb.Slice(3 * i, 3).Fill(grey[i]);
    }

    // ITU-R 601-2 in 16 bits of fraction, rounded: the decoder's conversion and Pillow's convert("L").
    private static void Luma(ReadOnlySpan<byte> rgb, Span<byte> grey)
    {
        for (int i = 0; i < grey.Length; i++)
            grey[i] = (byte)((rgb[3 * i] * 19595 + rgb[3 * i + 1] * 38470 + rgb[3 * i + 2] * 7471 + 0x8000) >> 16);
    }
}
