using System.IO.Compression;

namespace Fovea.Imaging;

/// <summary>
/// Decodes PNG with 16 bits per channel, of which the high byte is kept. Done here and not by libpng, whose simplified API composites 16-bit alpha or rounds it,
/// and up to 1.6.50 writes beyond its buffer when such a file is interlaced and 8 bits are asked for (CVE-2025-65018).
/// </summary>
internal static class PngWide
{
    // Adam7 (PNG specification, section 8.2): first column and row of each pass, and its steps.
    private static readonly (int X, int Y, int StepX, int StepY)[] s_passes =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    /// <summary>Decodes the chunks in <paramref name="file"/> into <paramref name="target"/>, which has its size already.</summary>
    internal static void Decode(ReadOnlySpan<byte> file, in ImageInfo info, bool interlaced, Image target)
    {
        using ZLibStream pixels = new(new MemoryStream(Data(file, info)), CompressionMode.Decompress);
        try
        {
            if (!interlaced)
                Pass(pixels, info, (0, 0, 1, 1), target);
            else
                foreach ((int, int, int, int) pass in s_passes)
                    Pass(pixels, info, pass, target);
        }
        catch (EndOfStreamException)
        {
            throw Errors.Cut(info, "its compressed data end before its last row");
        }
        catch (InvalidDataException)
        {
            throw Errors.Broken(info, "its compressed data make no sense");
        }
    }

    private static void Pass(ZLibStream pixels, in ImageInfo info, (int X, int Y, int StepX, int StepY) pass, Image target)
    {
        int width = (info.Width - pass.X + pass.StepX - 1) / pass.StepX, bytesPerPixel = 2 * info.Channels;
        if (width <= 0)
            return;
        byte[] above = new byte[width * bytesPerPixel], row = new byte[width * bytesPerPixel];
        for (int y = pass.Y; y < info.Height; y += pass.StepY)
        {
            int filter = pixels.ReadByte();
            if (filter < 0)
                throw new EndOfStreamException();
            pixels.ReadExactly(row);
            if (!Unfilter(filter, row, above, bytesPerPixel))
                throw Errors.Broken(info, $"row filter {filter} does not exist");
            Scatter(row, info.Channels, target.Row(y)[(pass.X * target.Channels)..], pass.StepX, target.Channels);
            (above, row) = (row, above);
        }
    }

    // PNG specification, section 9.2: each byte is stored as its difference from a guess.
    private static bool Unfilter(int filter, Span<byte> row, ReadOnlySpan<byte> above, int step)
    {
        for (int i = 0; filter is >= 1 and <= 4 && i < row.Length; i++)
        {
            int left = i < step ? 0 : row[i - step], up = above[i], upLeft = i < step ? 0 : above[i - step];
            row[i] += (byte)(filter switch { 1 => left, 2 => up, 3 => (left + up) / 2, _ => Paeth(left, up, upLeft) });
        }
        return filter is >= 0 and <= 4;
    }

    private static int Paeth(int left, int up, int upLeft)
    {
        int toLeft = Math.Abs(up - upLeft), toUp = Math.Abs(left - upLeft), toUpLeft = Math.Abs(left + up - 2 * upLeft);
        return toLeft <= toUp && toLeft <= toUpLeft ? left : toUp <= toUpLeft ? up : upLeft;
    }

    private static void Scatter(ReadOnlySpan<byte> row, int channels, Span<byte> to, int step, int toChannels)
    {
        for (int at = 0, o = 0; at < row.Length; at += 2 * channels, o += step * toChannels)
            for (int c = 0; c < toChannels; c++)
                to[o + c] = row[at + (channels >= 3 ? 2 * c : 0)];
    }

    private static byte[] Data(ReadOnlySpan<byte> file, in ImageInfo info)
    {
        byte[] data = new byte[file.Length];
        int at = PngHeader.Signature, length = 0;
        while (PngChunk.Next(file, ref at, out PngChunk chunk))
        {
            if (!chunk.Is("IDAT"u8))
                continue;
            if (!chunk.Intact)
                throw Errors.Broken(info, "the checksum of its data is wrong");
            chunk.Data.CopyTo(data.AsSpan(length));
            length += chunk.Data.Length;
        }
        Array.Resize(ref data, length);
        return data;
    }
}
