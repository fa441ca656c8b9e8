using System.Text.Json;
using Fovea.Cli.Tests.Support;

namespace Fovea.Cli.Tests;

/// <summary><c>tune</c> on a small network, and the verbs that follow its table.</summary>
public sealed class TuneTests
{
    private static readonly string[] Network = ["alexnet-cifar", "--batch-size", "2", "--threads", "1"];

    [SkippableFact]
    public void TuneMeasuresEveryWayAndWritesATable()
    {
        SkipWithoutOneDnn();
        using TempFolder folder = new();
        CliRun run = CliRun.Of(["tune", .. Network, "--mode", "infer", "--output", folder["table.json"], "--json"]);
        Assert.True(run.Exit == 0, run.Error);
        Assert.Equal(folder["table.json"], run.Json.GetProperty("table").GetString());
        JsonElement result = Assert.Single(run.Json.GetProperty("results").EnumerateArray());
        JsonElement[] passes = [.. result.GetProperty("passes").EnumerateArray()];
        Assert.NotEmpty(passes);
        Assert.All(passes, pass =>
        {
            string[] ways = [.. pass.GetProperty("ways").EnumerateArray().Select(way => way.GetProperty("way").GetString()!)];
            Assert.True(ways.Length > 1);
            Assert.Contains(pass.GetProperty("rule").GetString(), ways);
            Assert.Contains(pass.GetProperty("chosen").GetString(), ways);
            Assert.All(pass.GetProperty("ways").EnumerateArray(), way => Assert.True(way.GetProperty("ms").GetDouble() > 0));
        });
        using JsonDocument table = JsonDocument.Parse(File.ReadAllText(folder["table.json"]));
        Assert.Equal(
            passes.Where(pass => pass.GetProperty("chosen").GetString() != pass.GetProperty("rule").GetString()).Select(pass => pass.GetProperty("what").GetString()).Order(),
            table.RootElement.GetProperty("choices").EnumerateArray().Select(choice => choice.GetProperty("what").GetString()).Order());
    }

    [SkippableFact]
    public void PlansFollowATableAtItsBatchSizeAlone()
    {
        SkipWithoutOneDnn();
        using TempFolder folder = new();
        string path = folder["table.json"];
        WriteTable(path, 1, "Conv2d 192x3x3 -> 384, 3x3, padding 1; batch 2, fp32, inference: forward");
        string[] plan = ["plan", .. Network, "--mode", "infer", "--steps", "--json"], other = ["plan", Network[0], "--batch-size", "3", "--threads", "1", "--mode", "infer", "--steps", "--json"];
        Assert.NotEqual(Kernels(CliRun.Of(plan)), Kernels(CliRun.With(path, plan)));
        Assert.Equal(Kernels(CliRun.Of(other)), Kernels(CliRun.With(path, other)));
    }

    [SkippableFact]
    public void ATableThatCannotBeUsedIsWarnedOf()
    {
        SkipWithoutOneDnn();
        using TempFolder folder = new();
        WriteTable(folder["table.json"], 7, "nothing");
        CliRun run = CliRun.With(folder["table.json"], "summary", "lenet5");
        Assert.Equal(0, run.Exit);
        Assert.Contains("warning: the table of kernels", run.Error, StringComparison.Ordinal);
        Assert.Contains("threads", run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.Split('\n'), line => line.Contains("table of kernels", StringComparison.Ordinal));
    }

    [Fact]
    public void DoctorSaysWhetherThereIsATable()
    {
        using TempFolder folder = new();
        Assert.Contains("rules", CliRun.Of("doctor").Out, StringComparison.Ordinal);
        Assert.Contains(folder["none.json"], CliRun.With(folder["none.json"], "doctor").Out, StringComparison.Ordinal);
    }

    private static string Kernels(CliRun run)
    {
        Assert.True(run.Exit == 0, run.Error);
        return string.Join(", ", run.Json.GetProperty("steps").EnumerateArray().Select(step => step.GetProperty("work").GetString() + step.GetProperty("kernel").GetString()));
    }

    /// <summary>A table of this machine's kernels, as tune would write it.</summary>
    private static void WriteTable(string path, int threads, string what)
    {
        JsonElement doctor = CliRun.Of("doctor", "--json").Json.GetProperty("kernels");
        File.WriteAllText(path, JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["format"] = "fovea kernels",
            ["version"] = 1,
            ["processor"] = doctor.GetProperty("processor").GetString()!,
            ["kernels"] = doctor.GetProperty("kernels").GetString()!,
            ["threads"] = threads,
            ["choices"] = new[] { new Dictionary<string, object> { ["what"] = what, ["way"] = "auto", ["rule"] = "blocked" } },
        }));
    }

    private static void SkipWithoutOneDnn() =>
        Skip.IfNot(CliRun.Of("doctor", "--json").Json.GetProperty("backends").GetProperty("auto").GetString() == "onednn", "libdnnl is not installed");
}
