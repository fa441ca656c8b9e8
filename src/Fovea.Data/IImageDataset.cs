using Fovea.Imaging;

namespace Fovea.Data;

/// <summary>
/// Labelled pictures that can be read by index. Every member may be called from several threads at once; the loader's threads do.
/// </summary>
public interface IImageDataset
{
    /// <summary>What messages call it, such as <c>fashion-mnist train</c>.</summary>
    string Name { get; }

    /// <summary>The class names; a label is an index into them.</summary>
    IReadOnlyList<string> Classes { get; }

    /// <summary>Number of samples, broken ones included.</summary>
    int Count { get; }

    /// <summary>The channels that its pictures have by nature: 1 (grey) or 3 (red, green, blue).</summary>
    int Channels { get; }

    /// <summary>The size in pixels that every picture has, or null where sizes vary.</summary>
    (int Width, int Height)? FixedSize { get; }

    /// <summary>The class index, 0 to Classes.Count - 1, of sample <paramref name="index"/> (0 to Count - 1).</summary>
    int LabelOf(int index);

    /// <summary>Reads sample <paramref name="index"/> (0 to Count - 1) into <paramref name="target"/>, whose memory is reused.</summary>
    /// <exception cref="ImageException">
    /// The sample's picture cannot be decoded: it is damaged, of an unknown kind, or beyond the pixel limit.
    /// </exception>
    /// <exception cref="SampleException">The sample's file cannot be read.</exception>
    void Read(int index, Image target, in ReadOptions options);

    /// <summary>Where sample <paramref name="index"/> comes from, for messages: a path, or such as <c>train image 17</c>.</summary>
    string Describe(int index);

    /// <summary>
    /// SHA-256 in lower-case hexadecimal over what identifies the content cheaply: class names, paths and sizes of a folder's files; every byte of
    /// idx and CIFAR data.
    /// </summary>
    string Fingerprint { get; }

    /// <summary>
    /// What a cache of decoded pictures is checked by: like <see cref="Fingerprint"/>, and different as well when a file was changed in place, as far as the
    /// times of files tell. The fingerprint itself unless the data set knows better.
    /// </summary>
    string CacheStamp => Fingerprint;
}
