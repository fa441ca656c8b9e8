using System.Buffers.Binary;
using System.Text;

namespace Fovea.Imaging.Tests;

/// <summary>What cannot be used is refused with a message that says what it is, what is wrong, and what would help.</summary>
public class ErrorTests
{
    private static string Message(byte[] file, DecodeOptions options = default)
    {
        Image image = new();
        return Assert.Throws<ImageException>(() => ImageDecoder.Decode(file, image, options)).Message;
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("GIF89a", "GIF")]
    [InlineData("<!DOCTYPE html><html>", "HTML page")]
    [InlineData("\n <HTML>", "HTML page")]
    [InlineData("%PDF-1.4", "PDF")]
    [InlineData("8BPS", "Photoshop")]
    [InlineData("II*\0", "TIFF")]
    [InlineData("....ftypheic", "HEIC")]
    [InlineData("....ftypavif", "AVIF")]
    [InlineData("\0\0\u0001\0", "icon")]
    [InlineData("P6 2 2 255 ", "Netpbm")]
    [InlineData("just some text", "no picture")]
    public void Other_files_are_named(string content, string name) =>
        Assert.Contains(name, Message(Encoding.Latin1.GetBytes(content)), StringComparison.Ordinal);

    [SkippableTheory]
    [InlineData("cut.jpg", "last 26 %")]
    [InlineData("cut-last-byte.jpg", "last bytes are missing")]
    [InlineData("cut-header.jpg", "inside the header")]
    [InlineData("cut-progressive.jpg", "last passes")]
    [InlineData("cut.png", "2,403 bytes")]
    [InlineData("cut.webp", "705 bytes")]
    [InlineData("cut.bmp", "497 of its 9,231 bytes")]
    public void A_cut_file_says_how_much_is_missing(string name, string what)
    {
        Goldens.RequireLibraries();
        string message = Message(Goldens.File(name));
        Assert.Contains("cut short", message, StringComparison.Ordinal);
        Assert.Contains(what, message, StringComparison.Ordinal);
    }

    public static TheoryData<string, byte[]> Bombs => new()
    {
        { "65535x65535", [0xFF, 0xD8, 0xFF, 0xC0, 0, 17, 8, 0xFF, 0xFF, 0xFF, 0xFF, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0, 0xFF, 0xDA, 0, 2, 0xFF, 0xD9] },
        { "100000x100000", PngHeader(100_000, 100_000) },
        { "16777216x16777216", WebPHeader() },
        { "2000000000x2000000000", BmpHeader(2_000_000_000, 2_000_000_000) },
    };

    [Theory]
    [MemberData(nameof(Bombs))]
    public void Header_bombs_are_refused_before_anything_is_allocated(string size, byte[] file)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        string message = Message(file);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 100_000);
        Assert.Contains(size, message, StringComparison.Ordinal);
        Assert.Contains("the limit is 178,956,970", message, StringComparison.Ordinal);
    }

    /// <summary>Below the limit, but so short that the pixels cannot be there: refused as cheaply.</summary>
    [Fact]
    public void Files_too_short_for_their_pixels_allocate_nothing()
    {
        byte[] jpeg = [0xFF, 0xD8, 0xFF, 0xC0, 0, 11, 8, 0x30, 0, 0x30, 0, 1, 1, 0x11, 0, 0xFF, 0xDA, 0, 2, 0xFF, 0xD9];
        foreach (byte[] file in new[] { jpeg, PngHeader(12_000, 12_000), BmpHeader(12_000, 12_000) })
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Contains("cut short", Message(file), StringComparison.Ordinal);
            Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 100_000);
        }
    }

    [SkippableFact]
    public void The_limit_is_adjustable()
    {
        Goldens.RequireLibraries();
        Assert.Contains("the limit is 3,014", Message(Goldens.File("420.jpg"), new DecodeOptions { MaxPixels = 67 * 45 - 1 }), StringComparison.Ordinal);
        ImageDecoder.Decode(Goldens.File("420.jpg"), new Image(), new DecodeOptions { MaxPixels = 67 * 45 });
    }

    [Fact]
    public void Options_are_checked()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new DecodeOptions { Channels = 2 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new DecodeOptions { MaxPixels = 0 });
        Assert.Equal((3, 178_956_970, true), (default(DecodeOptions).Channels, default(DecodeOptions).MaxPixels, default(DecodeOptions).ApplyOrientation));
    }

    private static byte[] PngHeader(int width, int height)
    {
        byte[] file = [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10, 0, 0, 0, 13, .. "IHDR"u8, 0, 0, 0, 0, 0, 0, 0, 0, 8, 2, 0, 0, 0, 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(16), width);
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(20), height);
        return file;
    }

    private static byte[] WebPHeader() =>
        [.. "RIFF"u8, 18, 0, 0, 0, .. "WEBPVP8X"u8, 10, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF];

    private static byte[] BmpHeader(int width, int height)
    {
        byte[] file = new byte[60];
        "BM"u8.CopyTo(file);
        file[10] = 54;
        file[14] = 40;
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(18), width);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(22), height);
        file[26] = 1;
        file[28] = 24;
        return file;
    }
}
