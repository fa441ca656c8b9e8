using System.Runtime.InteropServices;
using Fovea.Imaging;

namespace Fovea.Data;

/// <summary>Some samples of a data set, in the order of their indices there.</summary>
internal sealed class SubsetDataset(string name, IImageDataset source, int[] indices) : IImageDataset
{
    public string Name => name;

    public IReadOnlyList<string> Classes => source.Classes;

    public int Count => indices.Length;

    public int Channels => source.Channels;

    public (int Width, int Height)? FixedSize => source.FixedSize;

    public string Fingerprint => Fingerprints.OfText(source.Fingerprint, Fingerprints.OfBytes(MemoryMarshal.AsBytes<int>(indices)));

    public string CacheStamp => Fingerprints.OfText(source.CacheStamp, Fingerprints.OfBytes(MemoryMarshal.AsBytes<int>(indices)));

    /// <summary>The data set that this is a part of.</summary>
    public IImageDataset Source => source;

    /// <summary>The index in <see cref="Source"/> of sample <paramref name="index"/>.</summary>
    public int SourceIndex(int index) => indices[index];

    public int LabelOf(int index) => source.LabelOf(indices[index]);

    public string Describe(int index) => source.Describe(indices[index]);

    public void Read(int index, Image target, in ReadOptions options) => source.Read(indices[index], target, options);
}
