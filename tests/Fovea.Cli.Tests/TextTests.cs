using Fovea.Cli.Framework;
using Fovea.Cli.Json;
using Fovea.Cli.Tests.Support;
using Fovea.Cli.Text;
using Fovea.Training;

namespace Fovea.Cli.Tests;

public sealed class TextTests
{
    [Fact]
    public void TablesAlignAndEndWithoutBlanks()
    {
        Table table = new("name", ">count");
        table.Row("a", "1");
        table.Rule();
        table.Row("longer name", "1,000");
        table.Row("short");
        Assert.Equal(["name         count", "-----------  -----", "a                1", "-----------  -----", "longer name  1,000", "short"],
            table.Lines());
    }

    [Theory]
    [InlineData(0, "0:00")]
    [InlineData(61.4, "1:01")]
    [InlineData(3723, "1:02:03")]
    [InlineData(double.NaN, "-")]
    [InlineData(double.PositiveInfinity, "-")]
    public void Durations(double seconds, string text) => Assert.Equal(text, Format.Duration(seconds));

    [Theory]
    [InlineData(512, "512 B")]
    [InlineData(1536, "1.5 KiB")]
    [InlineData(62_378_344L * 4, "238.0 MiB")]
    [InlineData(5L << 30, "5.00 GiB")]
    public void Bytes(long bytes, string text) => Assert.Equal(text, Format.Bytes(bytes));

    [Fact]
    public void ProgressIsRewrittenInPlaceOnATerminalAndSilentElsewhere()
    {
        using StringWriter terminal = new(), pipe = new();
        ProgressLine line = new(terminal, terminal: true, () => 20);
        line.Show("a text that is longer than the line");
        line.Clear();
        Assert.Equal("\ra text that is long\r" + new string(' ', 19) + "\r", terminal.ToString());
        new ProgressLine(pipe, terminal: false, () => 20).Show("anything");
        Assert.Empty(pipe.ToString());
    }

    [Fact]
    public void NumbersThatAreNotFiniteAreNullInJson()
    {
        using StringWriter output = new();
        using CliConsole console = new(output, TextWriter.Null);
        console.WriteJson([new BenchJson("m", "train", 1, "fp32", "managed", 1, double.PositiveInfinity, double.NaN, 5)],
            CliJson.Default.BenchJsonArray);
        Assert.StartsWith(
            """[{"model":"m","mode":"train","batch":1,"precision":"fp32","backend":"managed","threads":1,"imagesPerSecond":null,"msPerStep":null,"peakBytes":5""", output.ToString(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void BenchMeasuresAndPrintsTheContractsShape()
    {
        CliRun run = CliRun.Line("bench lenet5 --batch-size 4 --seconds 0.05 --backend managed --threads 1 --json");
        Assert.Equal(0, run.Exit);
        Assert.Equal(
            ["model", "mode", "batch", "precision", "backend", "threads", "imagesPerSecond", "msPerStep", "peakBytes"],
                run.Json[0].EnumerateObject().Select(p => p.Name).Take(9));
        double perStep = run.Json[0].GetProperty("msPerStep").GetDouble();
        Assert.Equal(4 / perStep * 1000, run.Json[0].GetProperty("imagesPerSecond").GetDouble(), 1e-6 / perStep);
    }

    [Fact]
    public void DoctorSaysWhatWasFound()
    {
        CliRun run = CliRun.Of("doctor", "--json");
        Assert.Equal(0, run.Exit);
        string auto = run.Json.GetProperty("backends").GetProperty("auto").GetString()!;
        Assert.Contains(auto, run.Json.GetProperty("backends").GetProperty("available").EnumerateArray().Select(b => b.GetString()));
        Assert.All(run.Json.GetProperty("libraries").EnumerateArray(), library =>
            Assert.NotEqual(library.GetProperty("found").GetBoolean(), library.TryGetProperty("install", out _)));
        Assert.Contains("backend", CliRun.Of("doctor").Out, StringComparison.Ordinal);
    }

    [Fact]
    public void DataListSaysWhereOrHow()
    {
        CliRun run = CliRun.Of("data", "list", "--json");
        Assert.Equal(0, run.Exit);
        Assert.All(run.Json.EnumerateArray(), set => Assert.NotEqual(set.TryGetProperty("folder", out _), set.TryGetProperty("howToGet", out _)));
    }
}
