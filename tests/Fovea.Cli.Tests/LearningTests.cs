using System.Text.Json;
using System.Xml.Linq;
using Fovea.Cli.Framework;
using Fovea.Cli.Tests.Support;

namespace Fovea.Cli.Tests;

/// <summary>The options of learning as a user gives them, and the range test.</summary>
public sealed class LearningTests(TrainedRun trained) : IClassFixture<TrainedRun>
{
    [Fact]
    public void EveryOptionOfLearningReachesArgsJson()
    {
        CliRun run = CliRun.Of(
        [
            "train", "--model", "lenet5", "--activation", "relu", "--data", trained.Data, "--batch-size", "8", "--opt", "adamw", "--lr", "0.002", "--weight-decay",
            "0.05", "--decay-on", "weights", "--sched", "multistep", "--milestones", "1,2", "--gamma", "0.5", "--warmup-epochs", "1", "--mixup", "0.2", "--cutmix",
            "1", "--ema", "0.9", "--clip-grad", "1", "--accumulate", "2", "--early-stop", "3", "--epochs", "3", "--time-budget", "1h", "--backend", "managed",
            "--threads", "1", "--output", trained.Runs, "--name", "learning", "--json",
        ]);
        Assert.True(run.Exit == ExitCode.Done, run.Error);
        run.AssertReadable();
        Assert.Contains("time budget", run.Error, StringComparison.Ordinal);
        using JsonDocument args = JsonDocument.Parse(File.ReadAllText(Path.Combine(trained.Runs, "learning", "args.json")));
        JsonElement options = args.RootElement.GetProperty("options");
        Assert.Equal("adamw", options.GetProperty("opt").GetString());
        Assert.Equal("weights", options.GetProperty("decay-on").GetString());
        Assert.Equal([1, 2], options.GetProperty("milestones").EnumerateArray().Select(x => x.GetInt32()));
        Assert.Equal("1h", options.GetProperty("time-budget").GetString());
        foreach ((string name, double value) in (ReadOnlySpan<(string, double)>)
            [("warmup-epochs", 1), ("mixup", 0.2), ("cutmix", 1), ("ema", 0.9), ("clip-grad", 1), ("accumulate", 2), ("early-stop", 3), ("epochs", 3), ("gamma", 0.5)])
            Assert.Equal(value, options.GetProperty(name).GetDouble());
        Assert.Equal(3, args.RootElement.GetProperty("sizing").GetProperty("epochs").GetInt32());
        Assert.InRange(run.Json.GetProperty("epochs").GetArrayLength(), 3, 3);
    }

    [Fact]
    public void TheRangeTestSuggestsARateAndDrawsItsCurve()
    {
        string svg = trained.Temp("curve.svg");
        string[] before = Directory.GetFileSystemEntries(trained.Temp(), "*", SearchOption.AllDirectories);
        CliRun text = Find("--output", svg), json = Find("--json");
        Assert.True(text.Exit == ExitCode.Done, text.Error);
        text.AssertReadable();
        Assert.Matches(@"Suggestion: --lr 0\.\d+", text.Out);
        double suggestion = json.Json.GetProperty("suggestion").GetDouble();
        Assert.InRange(suggestion, 1e-5, 1);
        Assert.True(json.Json.GetProperty("points").GetArrayLength() > 10);
        XElement picture = XElement.Parse(File.ReadAllText(svg));
        Assert.Equal("svg", picture.Name.LocalName);
        Assert.Equal(2, picture.Descendants().Count(e => e.Name.LocalName == "path"));
        Assert.Equal(before.Append(svg).Order(StringComparer.Ordinal),
            Directory.GetFileSystemEntries(trained.Temp(), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal));
    }

    private CliRun Find(params string[] options) => CliRun.Of(
    [
        "lr-find", "--model", "lenet5", "--activation", "relu", "--pool", "max", "--init", "pytorch", "--data", trained.Data, "--batch-size", "8", "--momentum",
        "0.9", "--backend", "managed", "--threads", "1", "--steps", "50", .. options,
    ]);
}
