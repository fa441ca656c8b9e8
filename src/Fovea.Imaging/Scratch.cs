namespace Fovea.Imaging;

/// <summary>Memory of the thread for what lives only during one call. Pieces above a limit are not kept, so that one huge picture does not stay in memory.</summary>
internal static class Scratch
{
    private const int Keep = 64 << 20;

    [ThreadStatic]
    private static byte[]? t_bytes;

    [ThreadStatic]
    private static byte[]? t_rows;

    [ThreadStatic]
    private static byte[]? t_file;

    [ThreadStatic]
    private static Image? t_first;

    [ThreadStatic]
    private static Image? t_second;

    /// <summary>Bytes of undefined content, valid until the thread asks again.</summary>
    internal static Span<byte> Bytes(long length) => Take(ref t_bytes, length);

    /// <summary>Others, for rows of results.</summary>
    internal static Span<byte> Rows(long length) => Take(ref t_rows, length);

    /// <summary>Others, for a file that was rewritten.</summary>
    internal static Span<byte> File(long length) => Take(ref t_file, length);

    private static Span<byte> Take(ref byte[]? kept, long length)
    {
        if (length > Array.MaxLength)
            throw new ImageException($"The picture needs {length:N0} bytes while it is worked on, more than one array holds. Make it smaller.");
        if (kept?.Length >= length)
            return kept.AsSpan(0, (int)length);
        byte[] fresh = GC.AllocateUninitializedArray<byte>((int)length);
        if (length <= Keep)
            kept = fresh;
        return fresh;
    }

    /// <summary>Pictures to decode into on the way to another one.</summary>
    internal static Image First(in ImageInfo info) => info.Pixels > Keep / 3 ? new Image() : t_first ??= new Image();

    /// <summary>A second one.</summary>
    internal static Image Second(in ImageInfo info) => info.Pixels > Keep / 3 ? new Image() : t_second ??= new Image();
}
