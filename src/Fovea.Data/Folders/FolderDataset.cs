using System.Buffers;
using System.Globalization;
using Fovea.Imaging;
using Fovea.Kernels;
using Microsoft.Win32.SafeHandles;

namespace Fovea.Data.Folders;

/// <summary>Pictures in files, decoded when they are read.</summary>
internal sealed class FolderDataset : IImageDataset, IEncodedDataset
{
    // The pixels of the default limit, uncompressed, take half of this.
    private const long LargestFile = 1 << 30;
    private readonly FolderFile[] _files;

    public FolderDataset(string name, IReadOnlyList<string> classes, IReadOnlyList<FolderFile> files, string root)
    {
        (Name, Classes, _files) = (name, classes, [.. files]);
        string full = Path.GetFullPath(root);
        IEnumerable<string> lines = _files.Select(f => $"{Path.GetRelativePath(full, Path.GetFullPath(f.Path))}\t{f.Bytes}\t{f.Label}");
        Fingerprint = Fingerprints.OfText(classes.Concat(lines));
    }

    public string CacheStamp => Fingerprints.OfText([Fingerprint, .. _files.Select(f => f.Written.ToString(CultureInfo.InvariantCulture))]);

    public string Name { get; }

    public IReadOnlyList<string> Classes { get; }

    public int Count => _files.Length;

    public int Channels => 3;

    public (int Width, int Height)? FixedSize => null;

    public string Fingerprint { get; }

    public int LabelOf(int index) => _files[index].Label;

    public string Describe(int index) => _files[index].Path;

    public void Read(int index, Image target, in ReadOptions options)
    {
        byte[]? buffer = null;
        try
        {
            ReadOnlySpan<byte> file = Load(_files[index].Path, ref buffer);
            var decode = new DecodeOptions { Channels = options.Channels, MaxPixels = options.MaxPixels };
            if (options.ScaledDecode is { } hint)
            {
                ImageInfo info = ImageDecoder.Identify(file);
                decode = decode with { AtLeast = hint.LeastSize(info.Width, info.Height) };
            }
            ImageDecoder.Decode(file, target, decode);
        }
        finally
        {
            if (buffer is not null)
                ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public byte[] FileOf(int index)
    {
        byte[]? buffer = null;
        try
        {
            return Load(_files[index].Path, ref buffer).ToArray();
        }
        finally
        {
            if (buffer is not null)
                ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static ReadOnlySpan<byte> Load(string path, ref byte[]? buffer)
    {
        try
        {
            using SafeFileHandle file = File.OpenHandle(path);
            long length = RandomAccess.GetLength(file);
            if (length > LargestFile)
                throw new ImageException($"The file has {length} bytes, more than the {LargestFile} of the largest that is read.");
            buffer = ArrayPool<byte>.Shared.Rent((int)length);
            int got = 0;
            while (got < length && RandomAccess.Read(file, buffer.AsSpan(got, (int)length - got), got) is > 0 and var read)
                got += read;
            return buffer.AsSpan(0, got);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new SampleException($"The file cannot be read: {IoReason.Of(e, path)}.", e);
        }
    }
}
