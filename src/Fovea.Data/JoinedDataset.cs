using Fovea.Imaging;

namespace Fovea.Data;

/// <summary>Two data sets of the same classes, one after the other.</summary>
internal sealed class JoinedDataset(string name, IImageDataset first, IImageDataset second) : IImageDataset
{
    public string Name => name;

    public IReadOnlyList<string> Classes => first.Classes;

    public int Count => checked(first.Count + second.Count);

    public int Channels => Math.Max(first.Channels, second.Channels);

    public (int Width, int Height)? FixedSize => first.FixedSize == second.FixedSize ? first.FixedSize : null;

    public string CacheStamp => Fingerprints.OfText(first.CacheStamp, second.CacheStamp);

    /// <summary>The part that holds a sample, and its index there.</summary>
    public (IImageDataset Data, int Index) Part(int index) => index < first.Count ? (first, index) : (second, index - first.Count);

    public string Fingerprint => Fingerprints.OfText(first.Fingerprint, second.Fingerprint);

    public int LabelOf(int index) => index < first.Count ? first.LabelOf(index) : second.LabelOf(index - first.Count);

    public string Describe(int index) => index < first.Count ? first.Describe(index) : second.Describe(index - first.Count);

    public void Read(int index, Image target, in ReadOptions options)
    {
        if (index < first.Count)
            first.Read(index, target, options);
        else
            second.Read(index - first.Count, target, options);
    }
}
