namespace Fovea.Imaging;

/// <summary>
/// A picture as bytes: rows from top to bottom, pixels from left to right, channels interleaved (HWC), 1 (grey) or 3 (red, green, blue) channels.
/// The object is meant to be reused: <see cref="Reset"/> keeps the memory when it is large enough, so a loader thread allocates for its largest picture only.
/// </summary>
public sealed class Image
{
    private byte[] _pixels = [];

    /// <summary>Width in pixels; 0 before the first <see cref="Reset"/>.</summary>
    public int Width { get; private set; }

    /// <summary>Height in pixels; 0 before the first <see cref="Reset"/>.</summary>
    public int Height { get; private set; }

    /// <summary>Bytes per pixel: 1 or 3.</summary>
    public int Channels { get; private set; }

    /// <summary>The Height * Width * Channels bytes of the picture.</summary>
    public Span<byte> Pixels => _pixels.AsSpan(0, Height * Width * Channels);

    /// <summary>The Width * Channels bytes of row <paramref name="y"/>.</summary>
    public Span<byte> Row(int y) => Pixels.Slice(y * Width * Channels, Width * Channels);

    /// <summary>Gives the picture a new size; what its pixels hold afterwards is undefined.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A side is below 1, the channels are not 1 or 3, or the picture has more than 2^31 - 1 bytes.</exception>
    public void Reset(int width, int height, int channels)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        if (channels is not (1 or 3))
            throw new ArgumentOutOfRangeException(nameof(channels), channels, "A picture has 1 or 3 channels.");
        // The pixels alone fit into 62 bits; their bytes might not fit into 63.
        long pixels = (long)width * height;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(pixels, Array.MaxLength / channels, nameof(width));
        if (_pixels.Length < pixels * channels)
            _pixels = GC.AllocateUninitializedArray<byte>((int)pixels * channels);
        (Width, Height, Channels) = (width, height, channels);
    }
}
