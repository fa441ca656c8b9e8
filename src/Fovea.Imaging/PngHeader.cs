using System.Buffers.Binary;

namespace Fovea.Imaging;

/// <summary>One chunk of a PNG: where it begins, its type, its data as far as the file has it.</summary>
internal readonly ref struct PngChunk(ReadOnlySpan<byte> whole, ReadOnlySpan<byte> data, bool complete)
{
    /// <summary>Length, type, data and checksum, as far as the file has them.</summary>
    internal ReadOnlySpan<byte> Whole { get; } = whole;

    internal ReadOnlySpan<byte> Data { get; } = data;

    internal bool Complete { get; } = complete;

    /// <summary>Bytes that its length promises and the file does not have.</summary>
    internal long Missing => Complete ? 0 : BinaryPrimitives.ReadUInt32BigEndian(Whole) + 12L - Whole.Length;

    internal ReadOnlySpan<byte> Type => Whole.Slice(4, 4);

    /// <summary>Whether a reader must understand it: bit 5 of the first letter is its case.</summary>
    internal bool Critical => (Whole[4] & 0x20) == 0;

    /// <summary>Whether the checksum is right, as far as the file has it.</summary>
    internal bool Intact => !Complete || BinaryPrimitives.ReadUInt32BigEndian(Whole[^4..]) == PngCrc.Of(Type, Data);

    internal bool Is(ReadOnlySpan<byte> type) => Type.SequenceEqual(type);

    /// <summary>The chunk at <paramref name="at"/>, which moves behind it; false at the end of the file.</summary>
    internal static bool Next(ReadOnlySpan<byte> file, scoped ref int at, out PngChunk chunk)
    {
        chunk = default;
        if (at + 8 > file.Length)
            return false;
        long length = BinaryPrimitives.ReadUInt32BigEndian(file[at..]), end = at + 12 + length;
        bool complete = end <= file.Length;
        ReadOnlySpan<byte> whole = complete ? file[at..(int)end] : file[at..];
        chunk = new PngChunk(whole, complete ? whole[8..^4] : whole[8..], complete);
        at = complete ? (int)end : file.Length;
        return true;
    }
}

/// <summary>What the chunks of a PNG say before its pixels.</summary>
internal static class PngHeader
{
    internal const int Signature = 8;

    /// <summary>Size, channels, depth, and the orientation of an eXIf chunk, wherever it stands.</summary>
    internal static ImageInfo Parse(ReadOnlySpan<byte> file)
    {
        int at = Signature;
        if (!PngChunk.Next(file, ref at, out PngChunk header) || !header.Complete)
            throw Errors.CutInHeader("PNG", file.Length);
        if (!header.Is("IHDR"u8) || header.Data.Length != 13)
            throw Errors.Header("PNG", "it does not begin with its size");
        uint width = BinaryPrimitives.ReadUInt32BigEndian(header.Data), height = BinaryPrimitives.ReadUInt32BigEndian(header.Data[4..]);
        if (width is 0 or > int.MaxValue || height is 0 or > int.MaxValue)
            throw Errors.Header("PNG", $"its size is {width}x{height}");
        int channels = header.Data[9] switch
        {
            0 => 1,
            2 or 3 => 3,
            4 => 2,
            6 => 4,
            var other => throw Errors.Header("PNG", $"colour type {other} does not exist"),
        };
        int orientation = 1;
        while (PngChunk.Next(file, ref at, out PngChunk chunk) && !chunk.Is("IEND"u8))
            if (chunk.Complete && chunk.Is("eXIf"u8))
                orientation = Exif.Orientation(chunk.Data);
        return new ImageInfo(ImageFormat.Png, (int)width, (int)height, channels, header.Data[8], orientation);
    }
}
