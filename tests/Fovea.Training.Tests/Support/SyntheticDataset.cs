using Fovea.Data;
using Fovea.Imaging;
using Fovea.Kernels;

namespace Fovea.Training.Tests;

/// <summary>Grey pictures of 28x28 with a bright square in the class's own corner, and noise. Some samples can be broken.</summary>
public sealed class SyntheticDataset : IImageDataset
{
    public static readonly string[] FourCorners = ["top left", "top right", "bottom left", "bottom right"];

    private readonly ulong _seed;
    private readonly HashSet<int> _broken;

    public SyntheticDataset(string split, int count, ulong seed, params int[] broken) =>
        (Name, Count, _seed, _broken) = ($"synthetic {split}", count, seed, [.. broken]);

    public string Name { get; }

    public IReadOnlyList<string> Classes { get; init; } = FourCorners;

    public int Count { get; }

    public int Channels => 1;

    public (int Width, int Height)? FixedSize => (28, 28);

    public string Fingerprint =>
        Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes($"{Name} {Count} {_seed}")));

    /// <summary>Noise level, 0 to 255: at 0 the classes are told apart with ease.</summary>
    public int Noise { get; init; } = 60;

    public int LabelOf(int index) => new PhiloxKey(_seed, RandomStream.Split, 0, 0).Below((ulong)index, 4);

    public string Describe(int index) => $"{Name} image {index}";

    public void Read(int index, Image target, in ReadOptions options)
    {
        if (_broken.Contains(index))
            throw new SampleException("the picture is broken on purpose", new IOException("on purpose"));
        target.Reset(28, 28, options.Channels);
        Fill(index, target.Pixels);
    }

    /// <summary>The 28x28 bytes of a picture.</summary>
    public void Fill(int index, Span<byte> pixels)
    {
        PhiloxKey key = new(_seed, RandomStream.Augmentation, 0, (uint)index);
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)(Noise == 0 ? 0 : key.Below((ulong)i, Noise));
        int label = LabelOf(index), top = label / 2 * 14 + 3, left = label % 2 * 14 + 3;
        for (int y = top; y < top + 8; y++)
            pixels.Slice(y * 28 + left, 8).Fill(220);
    }

    public static DataSplits Splits(int train = 120, int val = 50, int[]? broken = null, int[]? brokenVal = null) => new(
        "synthetic", new SyntheticDataset("train", train, 1, broken ?? []), new SyntheticDataset("val", val, 2, brokenVal ?? []), "made up",
        new DataDefaults(1, [0.2f], [0.3f], (28, 28)));
}
