using System.Buffers.Binary;

namespace Fovea.Imaging;

/// <summary>Decodes WebP through libwebp, always into 3 channels.</summary>
internal static class WebPDecoder
{
    internal static void Decode(ReadOnlySpan<byte> file, in WebPHeader header, Image target)
    {
        if (header.Animated)
            Animated(header, target);
        else
            Still(file, header, target);
    }

    private static void Still(ReadOnlySpan<byte> file, in WebPHeader header, Image target)
    {
        if (LibWebP.Size(file) is not { } size || size != (header.Info.Width, header.Info.Height))
            throw Fail(header, "its container and its contents do not fit together");
        target.Reset(size.Width, size.Height, 3);
        if (!LibWebP.Decode(file, target.Pixels, 3 * size.Width))
            throw Fail(header, "libwebp cannot decode its data");
    }

    // The library's still decoder declines animations, so the first frame becomes a file of its own.
    private static void Animated(in WebPHeader header, Image target)
    {
        ImageInfo info = header.Info;
        if (header.FrameX + (long)header.FrameWidth > info.Width || header.FrameY + (long)header.FrameHeight > info.Height)
            throw Errors.Broken(info, "its first frame lies outside the picture");
        byte[] still = Wrap(header);
        if (LibWebP.Size(still) is not { } size || size != (header.FrameWidth, header.FrameHeight))
            throw Fail(header, "its first frame makes no sense");
        target.Reset(info.Width, info.Height, 3);
        if (size == (info.Width, info.Height))
        {
            if (!LibWebP.Decode(still, target.Pixels, 3 * size.Width))
                throw Fail(header, "libwebp cannot decode its first frame");
            return;
        }
        target.Pixels.Clear();
        int begin = 3 * (header.FrameY * info.Width + header.FrameX), length = 3 * ((size.Height - 1) * info.Width + size.Width);
        if (!LibWebP.Decode(still, target.Pixels.Slice(begin, length), 3 * info.Width))
            throw Fail(header, "libwebp cannot decode its first frame");
    }

    private static byte[] Wrap(in WebPHeader header)
    {
        const int Extended = 18;
        byte[] file = new byte[12 + Extended + header.Frame.Length];
        Span<byte> to = file;
        "RIFF"u8.CopyTo(to);
        BinaryPrimitives.WriteInt32LittleEndian(to[4..], file.Length - 8);
        "WEBPVP8X"u8.CopyTo(to[8..]);
        BinaryPrimitives.WriteInt32LittleEndian(to[16..], 10);
        int at = 0;
        if (WebPHeader.Next(header.Frame, ref at, out ReadOnlySpan<byte> type, out _, out _) && type.SequenceEqual("ALPH"u8))
            to[20] = 16;
        U24(to[24..], header.FrameWidth - 1);
        U24(to[27..], header.FrameHeight - 1);
        header.Frame.CopyTo(to[30..]);
        return file;
    }

    private static void U24(Span<byte> to, int value) => (to[0], to[1], to[2]) = ((byte)value, (byte)(value >> 8), (byte)(value >> 16));

    private static ImageException Fail(in WebPHeader header, string wrong) =>
        header.Missing > 0 ? Errors.Cut(header.Info, $"its last {header.Missing:N0} bytes are missing") : Errors.Broken(header.Info, wrong);
}
