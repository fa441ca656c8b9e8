using Fovea.Imaging;

namespace Fovea.Data;

/// <summary>How a sample is to be read.</summary>
public readonly record struct ReadOptions
{
    /// <summary>The limit on a picture's width times height where none is given: the decoder's.</summary>
    public const long DefaultMaxPixels = DecodeOptions.DefaultMaxPixels;

    private readonly int _channels;
    private readonly long _maxPixels;

    /// <summary>Options with every default.</summary>
    public ReadOptions()
    {
    }

    /// <summary>Channels wanted: 1 (grey) or 3 (red, green, blue). Default 3.</summary>
    public int Channels { get => _channels == 0 ? 3 : _channels; init => _channels = value; }

    /// <summary>
    /// Largest width times height accepted, in pixels; a larger picture is refused before it is decoded. Default <see cref="DefaultMaxPixels"/>.
    /// </summary>
    public long MaxPixels { get => _maxPixels == 0 ? DefaultMaxPixels : _maxPixels; init => _maxPixels = value; }

    /// <summary>
    /// Allows a decoder to deliver a smaller picture, where that is cheaper. Null (the default) decodes in full, as evaluation and prediction always
    /// must.
    /// </summary>
    public IScaledDecodeHint? ScaledDecode { get; init; }
}

/// <summary>Says how small a picture may be decoded. Only training offers one, where it begins with random-resized-crop or resize.</summary>
public interface IScaledDecodeHint
{
    /// <summary>
    /// The least size in pixels that is of use, of a picture that has <paramref name="width"/> by <paramref name="height"/> pixels in full.
    /// </summary>
    (int Width, int Height) LeastSize(int width, int height);
}
