using System.Buffers.Binary;

namespace Fovea.Imaging;

/// <summary>What the markers of a JPEG before its first scan say, and what lies behind them.</summary>
internal readonly ref struct JpegHeader
{
    private const int SOI = 0xD8, EOI = 0xD9, SOS = 0xDA, APP1 = 0xE1, TEM = 0x01;

    internal ImageInfo Info { get; private init; }

    /// <summary>Components as stored: 1 grey, 3 colour, 4 CMYK or YCCK.</summary>
    internal int Components { get; private init; }

    internal bool Progressive { get; private init; }

    /// <summary>Whether its entropy coding is arithmetic instead of Huffman's.</summary>
    internal bool Arithmetic { get; private init; }

    /// <summary>Where the first scan begins, or the end of the file.</summary>
    internal int FirstScan { get; private init; }

    /// <summary>Reads the markers; <see cref="ImageInfo"/> here is as stored, before orientation.</summary>
    internal static JpegHeader Parse(ReadOnlySpan<byte> file)
    {
        int orientation = 0;
        ImageInfo? info = null;
        int process = 0;
        bool ends = false;
        int at = 2;
        while (true)
        {
            int marker = NextMarker(file, ref at);
            if (marker is SOS or EOI)
                break;
            if (marker < 0 || !Segment(file, at, out ReadOnlySpan<byte> body))
            {
                ends = true;
                break;
            }
            if (marker == APP1 && orientation == 0 && body.StartsWith("Exif\0"u8))
                orientation = Exif.Orientation(body);
            if (info is null && IsFrame(marker))
            {
                if (body.Length < 6)
                    throw Errors.Header("JPEG", "its frame marker is too short");
                info = new ImageInfo(ImageFormat.Jpeg, U16(body[3..]), U16(body[1..]), body[5], body[0], 1);
                process = marker;
            }
            at += 2 + body.Length;
        }
        if (info is not { } frame)
            throw ends ? Errors.CutInHeader("JPEG", file.Length) : Errors.Header("JPEG", "it has no frame, so no size");
        if (frame.Width == 0 || frame.Height == 0)
            throw Errors.Header("JPEG", $"its size is {frame.Width}x{frame.Height}");
        return new JpegHeader
        {
            Info = frame with { Orientation = Math.Max(1, orientation) },
            Components = frame.Channels,
            Progressive = process is 0xC2 or 0xCA,
            Arithmetic = process >= 0xC9,
            FirstScan = Math.Min(at, file.Length),
        };
    }

    /// <summary>Counts the scans, and tells whether the file's own end marker was found. Bytes between markers are skipped as the library skips them.</summary>
    internal (int Scans, bool Ends) Walk(ReadOnlySpan<byte> file)
    {
        int scans = 0, at = Math.Max(0, FirstScan - 2);
        while (true)
        {
            int marker = NextMarker(file, ref at);
            if (marker < 0)
                return (scans, false);
            if (marker == EOI)
                return (scans, true);
            if (marker == SOS)
                scans++;
            if (marker is SOI or TEM or >= 0xD0 and <= 0xD7)
                continue;
            if (!Segment(file, at, out ReadOnlySpan<byte> body))
                return (scans, false);
            at += 2 + body.Length;
        }
    }

    // Frames are the markers C0 to CF, but for the Huffman (C4) and arithmetic (CC) tables and the extension (C8).
    private static bool IsFrame(int marker) => marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC);

    // A marker is FF and a byte that is neither 00 (a stuffed FF) nor FF (fill); -1 at the end of the file.
    private static int NextMarker(ReadOnlySpan<byte> file, ref int at)
    {
        while (at < file.Length)
        {
            int found = file[at..].IndexOf((byte)0xFF);
            if (found < 0)
                break;
            at += found + 1;
            if (at < file.Length && file[at] is not (0 or 0xFF))
                return file[at++];
        }
        at = file.Length;
        return -1;
    }

    private static bool Segment(ReadOnlySpan<byte> file, int at, out ReadOnlySpan<byte> body)
    {
        body = default;
        if (at + 2 > file.Length)
            return false;
        int length = U16(file[at..]);
        if (length < 2 || at + length > file.Length)
            return false;
        body = file.Slice(at + 2, length - 2);
        return true;
    }

    private static int U16(ReadOnlySpan<byte> from) => BinaryPrimitives.ReadUInt16BigEndian(from);
}
