using Fovea.Imaging;

namespace Fovea.Data.Tests.Support;

/// <summary>Pictures computed from their index: pixel p of sample i is (i * 31 + p * 7) mod 256. Some can be made to break, or to be slow.</summary>
internal sealed class FakeDataset(int count, int width = 6, int height = 5, int channels = 3) : IImageDataset
{
    public string Name => "fake";

    public IReadOnlyList<string> Classes { get; } = ["a", "b", "c"];

    public int Count => count;

    public int Channels => channels;

    public (int Width, int Height)? FixedSize => (width, height);

    public string Fingerprint => "fake";

    public Func<int, Exception?> Break { get; init; } = _ => null;

    public Action<int> OnRead { get; init; } = _ => { };

    public int LabelOf(int index) => index % 3;

    public string Describe(int index) => $"fake/{index}.png";

    public void Read(int index, Image target, in ReadOptions options)
    {
        OnRead(index);
        if (Break(index) is { } error)
            throw error;
        target.Reset(width, height, options.Channels);
        for (int p = 0; p < target.Pixels.Length; p++)
            target.Pixels[p] = Pixel(index, p);
    }

    public static byte Pixel(int index, int p) => (byte)(index * 31 + p * 7);
}
