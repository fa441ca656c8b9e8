using System.Buffers.Binary;
using Fovea.Cli.Demo;
using Fovea.Cli.Tests.Support;
using Fovea.Kernels;

namespace Fovea.Cli.Tests;

public sealed class DemoTests
{
    [Fact]
    public void DemoTrainsShowsAndReports()
    {
        using TempFolder folder = new();
        WriteIdx(folder.Path, "train", 1200);
        WriteIdx(folder.Path, "t10k", 200);
        CliRun run = CliRun.Of("demo", "--data-dir", folder.Path, "--output", folder["runs"], "--epochs", "2", "--backend", "managed", "--threads",
            "1");
        Assert.Equal(0, run.Exit);
        Assert.Contains("Confusion matrix", run.Out, StringComparison.Ordinal);
        Assert.Contains("T-shirt/top", run.Out, StringComparison.Ordinal);
        Assert.Contains("right", run.Out, StringComparison.Ordinal);
        Assert.Contains("images/s", run.Error, StringComparison.Ordinal);
        run.AssertReadable();
        string report = File.ReadAllText(folder["runs", "demo", "report.html"]);
        Assert.Contains("data:image/png;base64,", report, StringComparison.Ordinal);
        Assert.Contains("<path class=\"line", report, StringComparison.Ordinal);
        // One file, no network: nothing in it points anywhere.
        Assert.DoesNotContain("http", report, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", report, StringComparison.Ordinal);
    }

    [Fact]
    public void PicturesAreDrawnInEachStyle()
    {
        byte[] pixels = [0, 255, 0, 255, 128, 128, 128, 128];
        Assert.Equal([" @", "++"], [.. ImageArt.Draw(pixels, 2, 4, ArtStyle.Ascii).Select(line => line.Replace('=', '+'))]);
        Assert.Equal([" █", "▒▒"], ImageArt.Draw(pixels, 2, 4, ArtStyle.Shades));
        string[] blocks = ImageArt.Draw(pixels, 2, 4, ArtStyle.HalfBlocks);
        Assert.Equal("\x1b[38;5;232;48;5;232m▀\x1b[38;5;255;48;5;255m▀\x1b[0m", blocks[0]);
    }

    /// <summary>Pictures with a bright bar whose place is the class.</summary>
    private static void WriteIdx(string folder, string split, int count)
    {
        byte[] images = new byte[16 + count * 784], labels = new byte[8 + count];
        foreach ((byte[] file, int kind) in ((byte[], int)[])[(images, 0x803), (labels, 0x801)])
        {
            BinaryPrimitives.WriteInt32BigEndian(file, kind);
            BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(4), count);
        }
        BinaryPrimitives.WriteInt32BigEndian(images.AsSpan(8), 28);
        BinaryPrimitives.WriteInt32BigEndian(images.AsSpan(12), 28);
        PhiloxKey key = new(3, RandomStream.Augmentation, 0, (uint)split.Length);
        for (int i = 0; i < count; i++)
        {
            int label = labels[8 + i] = (byte)(i % 10);
            for (int p = 0; p < 784; p++)
                images[16 + i * 784 + p] = (byte)(key.Below((ulong)(i * 784 + p), 64) + (p / 56 == label + 2 ? 180 : 0));
        }
        File.WriteAllBytes(Path.Combine(folder, $"{split}-images-idx3-ubyte"), images);
        File.WriteAllBytes(Path.Combine(folder, $"{split}-labels-idx1-ubyte"), labels);
    }
}
