using Fovea.Engine.Planning;
using Fovea.Engine.Tuning;

namespace Fovea.Training.Tests;

public class TuningTableTests
{
    private const string Faster = "Conv2d 3x8x8 -> 16, 3x3; batch 2, fp32, training: forward", Slower = "Conv2d 3x8x8 -> 16, 3x3; batch 2, fp32, training: backward weights";
    private static readonly KernelHost Host = new("oneDNN 2.6.3, avx512_core", 2);

    [Fact]
    public void ATableHasWhatIsFasterThanTheRule()
    {
        using TempFolder folder = new();
        string path = Path.Combine(folder["deep"], "table.json");
        TuningTable table = TuningTable.Empty(path, Host);
        table.Merge(Result(Pass(Faster, "nhwc"), Pass(Slower, "auto")));
        table.Save();
        TuningTable read = Load(path, Host, [])!;
        TuningEntry entry = Assert.Single(read.Entries.Values);
        Assert.Equal(new TuningEntry(Faster, "nhwc", "auto", 1.5, 2), entry);
        Assert.Equal("nhwc", read.Choices.Find(Faster));
        Assert.Null(read.Choices.Find(Slower));
        Assert.Null(read.Choices.Find(Faster.Replace("batch 2", "batch 3", StringComparison.Ordinal)));
        Assert.Contains("\"way\": \"nhwc\"", File.ReadAllText(path), StringComparison.Ordinal);
    }

    [Fact]
    public void MeasuringAgainAddsAndTakesBack()
    {
        using TempFolder folder = new();
        TuningTable table = TuningTable.Empty(folder["table.json"], Host);
        table.Merge(Result(Pass(Faster, "nhwc")));
        table.Merge(Result(Pass(Slower, "direct")));
        Assert.Equal([Slower, Faster], table.Entries.Keys);
        table.Merge(Result(Pass(Faster, "auto")));
        Assert.Equal([Slower], table.Entries.Keys);
        Assert.Throws<ArgumentException>(() => table.Merge(Result(Pass(Faster, "nhwc")) with { Host = Host with { Threads = 3 } }));
    }

    [Theory]
    [InlineData("", "damaged")]
    [InlineData("null", "empty")]
    [InlineData("{\"format\": \"fovea kernels\"", "damaged")]
    [InlineData("[1, 2]", "damaged")]
    [InlineData("{}", "damaged")]
    [InlineData("{\"format\":\"another\",\"version\":1,\"processor\":\"P\",\"kernels\":\"K\",\"threads\":2,\"choices\":[]}", "format")]
    [InlineData("{\"format\":\"fovea kernels\",\"version\":0,\"processor\":\"P\",\"kernels\":\"K\",\"threads\":2,\"choices\":[]}", "version")]
    [InlineData("{\"format\":\"fovea kernels\",\"version\":1,\"processor\":\"P\",\"kernels\":\"K\",\"threads\":2,\"choices\":[]}", "processor")]
    [InlineData("{\"format\":\"fovea kernels\",\"version\":1,\"processor\":\"P\",\"kernels\":\"K\",\"threads\":2,\"choices\":[null]}", "damaged")]
    [InlineData("{\"format\":\"fovea kernels\",\"version\":1,\"processor\":\"P\",\"kernels\":\"K\",\"threads\":2,\"choices\":[{\"what\":\"x\"}]}", "damaged")]
    public void ABadTableIsLeftOutAndTheLogSaysWhy(string text, string reason)
    {
        using TempFolder folder = new();
        string path = folder["table.json"];
        File.WriteAllText(path, text);
        List<string> log = [];
        Assert.Null(Load(path, Host, log));
        string line = Assert.Single(log);
        Assert.Contains(path, line, StringComparison.Ordinal);
        Assert.Contains(reason, line, StringComparison.Ordinal);
        Assert.Contains("fovea tune", line, StringComparison.Ordinal);
    }

    [Fact]
    public void ATableOfOtherKernelsOrThreadsIsLeftOut()
    {
        using TempFolder folder = new();
        string path = folder["table.json"];
        TuningTable.Empty(path, Host).Save();
        List<string> log = [];
        Assert.NotNull(Load(path, Host, log));
        Assert.Null(Load(path, Host with { Threads = 4 }, log));
        Assert.Null(Load(path, Host with { Kernels = "oneDNN 3.1.0, avx512_core" }, log));
        Assert.Equal(2, log.Count);
        Assert.Contains("its threads is '2', here it is '4'", log[0], StringComparison.Ordinal);
    }

    [Fact]
    public void OnlyATableThatWasNamedIsMissed()
    {
        using TempFolder folder = new();
        List<string> log = [];
        Assert.Null(TuningTable.Load(folder["none.json"], Host, wanted: false, log.Add));
        Assert.Empty(log);
        Func<KernelHost, IKernelChoices?> source = TuningTable.Source(folder["none.json"], log.Add);
        Assert.Null(source(Host));
        Assert.Null(source(Host));
        Assert.Contains("none.json", Assert.Single(log), StringComparison.Ordinal);
    }

    [Fact]
    public void EachProcessorVersionAndNumberOfThreadsHasItsOwnFile()
    {
        string[] paths = [.. ((KernelHost[])[Host, Host with { Threads = 1 }, Host with { Kernels = "oneDNN 2.7.0, avx512_core" }]).Select(TuningTable.PathFor)];
        Assert.Equal(3, paths.Distinct().Count());
        Assert.All(paths, path => Assert.Matches("fovea/kernels/[a-z0-9._-]+-threads[.]json$", path));
    }

    private static TuningTable? Load(string path, KernelHost host, List<string> log) => TuningTable.Load(path, host, wanted: false, log.Add);

    private static TuningResult Result(params TunedPass[] passes) => new(Host, Precision.Float32, passes, 0.02, 0.01);

    private static TunedPass Pass(string key, string chosen) => new(
        key, ["conv1"], "auto", [new TunedWay("auto", 0.002), new TunedWay("nhwc", 0.0015), new TunedWay("direct", 0.0018)], chosen);
}
