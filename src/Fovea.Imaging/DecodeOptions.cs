namespace Fovea.Imaging;

/// <summary>How to decode a picture. <c>default</c> means the same as <c>new DecodeOptions()</c>.</summary>
public readonly record struct DecodeOptions
{
    /// <summary>The pixels above which a picture is refused unless told otherwise: Pillow's limit for a decompression bomb error.</summary>
    public const long DefaultMaxPixels = 178_956_970;

    private readonly int _channels;
    private readonly long _maxPixels;
    private readonly bool _asStored;

    /// <summary>
    /// Channels of the result, 3 (default; grey pictures are widened) or 1 (colour is reduced by the ITU-R 601-2 luma, as Pillow's <c>convert("L")</c> does).
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Neither 1 nor 3.</exception>
    public int Channels
    {
        get => _channels == 0 ? 3 : _channels;
        init => _channels = value is 1 or 3 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A picture is decoded into 1 or 3 channels.");
    }

    /// <summary>Pictures whose header claims more pixels than this are refused before anything is allocated. Default <see cref="DefaultMaxPixels"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Below 1.</exception>
    public long MaxPixels
    {
        get => _maxPixels == 0 ? DefaultMaxPixels : _maxPixels;
        init => _maxPixels = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "The limit must be at least 1 pixel.");
    }

    /// <summary>Whether the EXIF orientation is applied, as Pillow's <c>ImageOps.exif_transpose</c> does. Default true.</summary>
    public bool ApplyOrientation
    {
        get => !_asStored;
        init => _asStored = !value;
    }

    /// <summary>
    /// Null (default): decode in full. Otherwise a JPEG is decoded at the smallest of 1/8, 1/4, 1/2 and full scale whose result, after orientation, still has
    /// at least this width and height: faster, and different by up to tens of grey levels from a full decode that is then resized, so only for
    /// training. A side of the result is the full side divided, rounded up.
    /// Formats other than JPEG are decoded in full.
    /// </summary>
    public (int Width, int Height)? AtLeast { get; init; }
}
