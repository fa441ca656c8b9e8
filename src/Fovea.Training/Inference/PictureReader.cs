using Fovea.Data.Transforms;
using Fovea.Imaging;
using Fovea.Kernels;
using Fovea.Models;

namespace Fovea.Training;

/// <summary>
/// Turns files into the pixels that a network takes, as evaluation does: decoded in full, then the model's own transforms. For any number of threads.
/// </summary>
internal sealed class PictureReader : IDisposable
{
    private readonly TransformPipeline _transforms;
    private readonly Architecture _architecture;
    private readonly DecodeOptions _decode;

    // Two pictures per decoding thread, kept for the next: photographs are large.
    private readonly ThreadLocal<(Image Read, Image Scratch)> _pictures = new(() => (new Image(), new Image()));

    public PictureReader(Architecture architecture, long maxPixels)
    {
        _architecture = architecture;
        _transforms = TransformPipeline.Parse(architecture.Preprocessing.EvalTransform);
        _decode = new DecodeOptions { Channels = architecture.Input.C, MaxPixels = maxPixels };
    }

    /// <summary>Bytes of one image: H * W * C.</summary>
    public int ImageBytes => checked((int)_architecture.Input.Elements);

    /// <summary>Forgets the threads' pictures.</summary>
    public void Dispose() => _pictures.Dispose();

    /// <summary>Reads a picture into its slot of a batch.</summary>
    /// <returns>Null, or why it cannot be read.</returns>
    public string? TryRead(in Picture picture, Span<byte> slot)
    {
        try
        {
            (Image read, Image scratch) = _pictures.Value;
            ImageDecoder.Decode(picture.Bytes is { } bytes ? bytes.Span : File.ReadAllBytes(picture.Name), read, _decode);
            Image result = _transforms.Apply(read, scratch, default);
            if ((result.Channels, result.Height, result.Width) != (_architecture.Input.C, _architecture.Input.H, _architecture.Input.W))
            {
                return $"The picture has {result.Channels}x{result.Height}x{result.Width} after the transforms '{_transforms}', but the network "
                    + $"takes {_architecture.Input}. "
                    + "The model was trained on pictures of one size; make this one the same.";
            }
            result.Pixels.CopyTo(slot);
            return null;
        }
        catch (Exception e) when (e is ImageException or FoveaException)
        {
            return e.Message;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return $"The file cannot be read: {IoReason.Of(e, picture.Name)}.";
        }
    }
}

/// <summary>A picture to classify.</summary>
/// <param name="Name">Its path, or a name for the answer where the bytes are given.</param>
/// <param name="Bytes">The file's bytes; null reads them from the path.</param>
public readonly record struct Picture(string Name, ReadOnlyMemory<byte>? Bytes = null);
