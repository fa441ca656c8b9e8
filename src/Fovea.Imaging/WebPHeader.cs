using System.Buffers.Binary;

namespace Fovea.Imaging;

/// <summary>What the container of a WebP says. An animation's picture is its first frame on a black canvas, as in Pillow.</summary>
internal readonly ref struct WebPHeader
{
    private const byte AnimationFlag = 2, AlphaFlag = 16;
    private const int FrameHeader = 16;

    internal ImageInfo Info { get; private init; }

    /// <summary>Whether the file is an animation; then the frame's place and chunks follow.</summary>
    internal bool Animated { get; private init; }

    internal int FrameX { get; private init; }

    internal int FrameY { get; private init; }

    internal int FrameWidth { get; private init; }

    internal int FrameHeight { get; private init; }

    /// <summary>The chunks of the first frame: VP8L, or VP8 with ALPH before it.</summary>
    internal ReadOnlySpan<byte> Frame { get; private init; }

    /// <summary>Bytes that the container promises and the file does not have.</summary>
    internal long Missing { get; private init; }

    internal static WebPHeader Parse(ReadOnlySpan<byte> file)
    {
        long missing = Math.Max(0, 8 + (long)BinaryPrimitives.ReadUInt32LittleEndian(file[4..]) - file.Length);
        int at = 12;
        if (!Next(file, ref at, out ReadOnlySpan<byte> type, out ReadOnlySpan<byte> body, out _))
            throw Errors.CutInHeader("WebP", file.Length);
        if (!type.SequenceEqual("VP8X"u8))
        {
            (int width, int height, int channels) = Bitstream(type, body, file.Length);
            return new WebPHeader { Info = new ImageInfo(ImageFormat.WebP, width, height, channels, 8, 1), Missing = missing };
        }
        if (body.Length < 10)
            throw Errors.CutInHeader("WebP", file.Length);
        ImageInfo info = new(ImageFormat.WebP, U24(body[4..]) + 1, U24(body[7..]) + 1, (body[0] & AlphaFlag) != 0 ? 4 : 3, 8, 1);
        bool animated = (body[0] & AnimationFlag) != 0;
        ReadOnlySpan<byte> frame = default;
        while (Next(file, ref at, out type, out body, out bool complete))
        {
            if (complete && type.SequenceEqual("EXIF"u8))
                info = info with { Orientation = Exif.Orientation(body) };
            if (frame.IsEmpty && type.SequenceEqual("ANMF"u8))
                frame = body;
        }
        if (!animated)
            return new WebPHeader { Info = info, Missing = missing };
        if (frame.Length < FrameHeader)
            throw Errors.Header("WebP", "it is an animation without a frame");
        return new WebPHeader
        {
            Info = info,
            Missing = missing,
            Animated = true,
            FrameX = 2 * U24(frame),
            FrameY = 2 * U24(frame[3..]),
            FrameWidth = U24(frame[6..]) + 1,
            FrameHeight = U24(frame[9..]) + 1,
            Frame = frame[FrameHeader..],
        };
    }

    /// <summary>The chunk at <paramref name="at"/>, which moves behind it and its padding; false where no chunk begins.</summary>
    internal static bool Next(ReadOnlySpan<byte> from, scoped ref int at, out ReadOnlySpan<byte> type, out ReadOnlySpan<byte> body, out bool complete)
    {
        type = body = default;
        complete = false;
        if (at + 8 > from.Length)
            return false;
        type = from.Slice(at, 4);
        long length = BinaryPrimitives.ReadUInt32LittleEndian(from[(at + 4)..]);
        complete = at + 8 + length <= from.Length;
        body = complete ? from.Slice(at + 8, (int)length) : from[(at + 8)..];
        at = (int)Math.Min(from.Length, at + 8 + length + (length & 1));
        return true;
    }

    private static (int Width, int Height, int Channels) Bitstream(ReadOnlySpan<byte> type, ReadOnlySpan<byte> body, long fileLength)
    {
        if (body.Length < 10)
            throw Errors.CutInHeader("WebP", fileLength);
        if (type.SequenceEqual("VP8L"u8) && body[0] == 0x2F)
        {
            uint bits = BinaryPrimitives.ReadUInt32LittleEndian(body[1..]);
            return ((int)(bits & 0x3FFF) + 1, (int)(bits >> 14 & 0x3FFF) + 1, (bits >> 28 & 1) != 0 ? 4 : 3);
        }
        if (type.SequenceEqual("VP8 "u8) && body[3] == 0x9D && body[4] == 0x01 && body[5] == 0x2A)
        {
            (int width, int height) = (U16(body[6..]) & 0x3FFF, U16(body[8..]) & 0x3FFF);
            return width > 0 && height > 0 ? (width, height, 3) : throw Errors.Header("WebP", $"its size is {width}x{height}");
        }
        throw Errors.Header("WebP", "it holds no picture");
    }

    private static int U16(ReadOnlySpan<byte> from) => BinaryPrimitives.ReadUInt16LittleEndian(from);

    private static int U24(ReadOnlySpan<byte> from) => from[0] | from[1] << 8 | from[2] << 16;
}
