using Fovea.Data;
using Fovea.Imaging;

namespace Fovea.Library.Tests.Samples;

/// <summary>Grey pictures of 28x28, striped across or along, computed when they are read.</summary>
public sealed class Stripes(string split, int count, int first) : IImageDataset
{
    public string Name => $"stripes {split}";

    public IReadOnlyList<string> Classes { get; } = ["across", "along"];

    public int Count => count;

    public int Channels => 1;

    public (int Width, int Height)? FixedSize => (28, 28);

    public string Fingerprint => $"stripes, version 1, {count} from {first}";

    public int LabelOf(int index) => (first + index) % 2;

    public string Describe(int index) => $"{Name} picture {index}";

    // Called by several threads at once, each with a target of its own.
    public void Read(int index, Image target, in ReadOptions options)
    {
        target.Reset(28, 28, options.Channels);
        Random noise = new(first + index);
        int shift = noise.Next(8);
        for (int i = 0; i < 28 * 28; i++)
        {
            int place = LabelOf(index) == 0 ? i / 28 : i % 28;
            byte grey = (byte)(noise.Next(100) + ((place + shift) % 8 < 4 ? 120 : 0));
            target.Pixels.Slice(i * options.Channels, options.Channels).Fill(grey);
        }
    }
}
