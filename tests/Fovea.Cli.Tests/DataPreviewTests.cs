using System.Text.Json;
using Fovea.Cli.Tests.Support;
using Fovea.Imaging;

namespace Fovea.Cli.Tests;

public sealed class DataPreviewTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public DataPreviewTests() => Pictures.WriteDataSet(_folder["data"], 6, 3);

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public void DrawsOneRowASampleAndNamesThem()
    {
        Skip.IfNot(ImagingLibraries.Report().All(l => l.Found), "the libraries that read pictures are not all here");
        CliRun run = CliRun.Of("data", "preview", _folder["data"], "--model", "alexnet-cifar", "--count", "5", "--draws", "3", "--seed", "4", "-o", _folder["fed.png"]);
        Assert.Equal((0, ""), (run.Exit, run.Error));
        Assert.Contains("random-crop(32,padding=4)", run.Out, StringComparison.Ordinal);
        Assert.Contains("enlarged 3 times", run.Out, StringComparison.Ordinal);
        Assert.Equal(5, run.Out.Split('\n').Count(line => line.Contains(".bmp", StringComparison.Ordinal)));
        Image drawn = new();
        ImageDecoder.Decode(File.ReadAllBytes(_folder["fed.png"]), drawn);
        // Four tiles of 96 pixels, gaps of 4 around them, 12 after the original; five rows.
        Assert.Equal((4 + 4 * 96 + 12 + 2 * 4 + 4, 4 + 5 * 100), (drawn.Width, drawn.Height));
        run.AssertReadable();
    }

    [Fact]
    public void JsonNamesRowsInTheirOrder()
    {
        CliRun run = CliRun.Of("data", "preview", _folder["data"], "--train-transform", "resize(40x40) trivial-augment", "--split", "train", "-o", _folder["fed.png"], "--json");
        Assert.Equal(0, run.Exit);
        Assert.Equal(["file", "transforms", "rows"], run.Json.EnumerateObject().Select(p => p.Name));
        JsonElement[] rows = [.. run.Json.GetProperty("rows").EnumerateArray()];
        Assert.Equal(8, rows.Length);
        Assert.All(rows, row => Assert.Contains($"/{row.GetProperty("class").GetString()}/", row.GetProperty("source").GetString(), StringComparison.Ordinal));
        CliRun val = CliRun.Of("data", "preview", _folder["data"], "--eval-transform", "resize(40x40)", "--split", "val", "-o", _folder["val.png"], "--json");
        Assert.Equal(6, val.Json.GetProperty("rows").GetArrayLength());
    }

    [Theory]
    [InlineData("--model lenet5", "-o is missing")]
    [InlineData("-o x.jpg --model alexnet", "ends in .png")]
    [InlineData("-o x.png", "which transforms?")]
    [InlineData("-o x.png --train-transform resize(20)", "varying size")]
    [InlineData("-o x.png --train-transform hflip,vflip", "there is no transform")]
    [InlineData("-o x.png --model alexnet --count 0", "--count 0")]
    [InlineData("-o x.png --model alexnet --split test", "--split test")]
    public void WrongUseExitsTwo(string options, string said)
    {
        CliRun run = CliRun.Of(["data", "preview", _folder["data"], .. options.Split(' ')]);
        Assert.Equal(2, run.Exit);
        Assert.Contains(said, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void TrainingWithADiskCacheReadsItTheSecondTime()
    {
        string[] command = ["train", "--model", "lenet5", "--data", _folder["data"], "--epochs", "1", "--cache", "disk", "--backend", "managed", "--output", _folder["runs"]];
        CliRun first = CliRun.Of(command);
        Assert.Contains("cache (train): keeping 1 MiB for 12 images", first.Error, StringComparison.Ordinal);
        CliRun second = CliRun.Of(command);
        Assert.Equal(0, second.Exit);
        Assert.Contains("cache (train): reading", second.Error, StringComparison.Ordinal);
        Assert.Contains("cache (val): reading", second.Error, StringComparison.Ordinal);
        CliRun refused = CliRun.Of([.. command, "--train-transform", "random-resized-crop(28)"]);
        Assert.Equal(1, refused.Exit);
        Assert.Contains("resize(32) random-resized-crop(28)", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void BenchTimesLoading()
    {
        CliRun run = CliRun.Of("bench", "--data", _folder["data"], "--train-transform", "resize(40x40) hflip", "--cache", "ram", "--seconds", "0.01", "--json");
        Assert.Equal(0, run.Exit);
        Assert.Equal(["data", "images", "transforms", "cache", "workers", "passes", "imagesPerSecond"], run.Json.EnumerateObject().Select(p => p.Name));
        Assert.Equal(12, run.Json.GetProperty("images").GetInt32());
        Assert.True(run.Json.GetProperty("imagesPerSecond").GetDouble() > 0);
        Assert.Equal(2, CliRun.Of("bench", "lenet5", "--data", _folder["data"]).Exit);
    }
}
