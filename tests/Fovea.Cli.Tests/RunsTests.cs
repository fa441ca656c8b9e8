using System.Text.Json;
using Fovea.Cli.Tests.Support;

namespace Fovea.Cli.Tests;

public sealed class RunsTests(TrainedRun trained) : IClassFixture<TrainedRun>
{
    [Fact]
    public void RunsAreListedWithTheirFiguresAndForeignFoldersAreLeftOut()
    {
        string runs = trained.Temp("listed");
        CliRun Train(string name, string lr) => CliRun.Of("train", "--model", "lenet5", "--activation", "relu", "--pool", "max", "--data", trained.Data,
            "--epochs", "1", "--backend", "managed", "--threads", "1", "--output", runs, "--name", name, "--lr", lr);
        Assert.Equal(0, Train("good", "0.02").Exit);
        Assert.Equal(1, Train("hot", "1e30").Exit);
        Directory.CreateDirectory(Path.Combine(runs, "foreign"));
        Directory.CreateDirectory(Path.Combine(runs, "broken"));
        File.WriteAllText(Path.Combine(runs, "broken", "args.json"), "{\"version\": 1");
        CliRun text = CliRun.Of("runs", runs), json = CliRun.Of("runs", runs, "--json");
        Assert.Equal((0, 0), (text.Exit, json.Exit));
        text.AssertReadable();
        Assert.Contains("foreign", text.Error, StringComparison.Ordinal);
        Assert.Contains("broken", text.Error, StringComparison.Ordinal);
        Assert.Contains($"--resume {Path.Combine(runs, "hot")}", text.Out, StringComparison.Ordinal);
        Assert.Contains("Why hot failed: Training stopped", text.Out, StringComparison.Ordinal);
        Assert.Equal(["good finished", "hot failed"], json.Json.EnumerateArray().Select(r => $"{r.GetProperty("run")} {r.GetProperty("state")}"));
        JsonElement good = json.Json[0];
        Assert.Equal(("lenet5", 1, 1), (good.GetProperty("model").GetString(), good.GetProperty("epochsDone").GetInt32(), good.GetProperty("epochs").GetInt32()));
        Assert.InRange(good.GetProperty("best").GetProperty("valAcc").GetDouble(), 0, 1);
        Assert.False(json.Json[1].TryGetProperty("best", out _));
    }

    [Fact]
    public void AFolderWithoutRunsIsSaidAndOneThatIsNotThereIsAnError()
    {
        string empty = Directory.CreateDirectory(trained.Temp("empty")).FullName;
        Assert.Contains("no runs", CliRun.Of("runs", empty).Out, StringComparison.Ordinal);
        Assert.Equal("[]", CliRun.Of("runs", empty, "--json").Out.Trim());
        Assert.Equal(1, CliRun.Of("runs", trained.Temp("nowhere")).Exit);
        Assert.Equal(2, CliRun.Of("runs", empty, empty).Exit);
    }

    [Fact]
    public void RunsAreComparedAsTextJsonAndPage()
    {
        Assert.Equal(0, trained.Train("--epochs", "1", "--name", "second", "--seed", "5").Exit);
        string page = trained.Temp("compared.html");
        CliRun text = CliRun.Of("compare", "first", "second", "--output", trained.Runs, "-o", page);
        Assert.Equal(0, text.Exit);
        text.AssertReadable();
        Assert.Contains("seed", text.Out, StringComparison.Ordinal);
        Assert.Contains("epochs", text.Out, StringComparison.Ordinal);
        Assert.Contains("Validation accuracy", File.ReadAllText(page), StringComparison.Ordinal);
        CliRun json = CliRun.Of("compare", "first", "second", "--output", trained.Runs, "--json");
        JsonElement test = Assert.Single(json.Json.GetProperty("tests").EnumerateArray());
        Assert.Equal(("first", "second", 20), (test.GetProperty("first").GetString(), test.GetProperty("second").GetString(), test.GetProperty("images").GetInt32()));
        Assert.InRange(test.GetProperty("pValue").GetDouble(), 0, 1);
        Assert.Equal(["epochs", "seed"], json.Json.GetProperty("differences").EnumerateArray().Select(d => d.GetProperty("option").GetString()!).Order());
    }

    [Theory]
    [InlineData(2, "compare")]
    [InlineData(2, "compare", "first")]
    [InlineData(2, "compare", "first", "first", "-o", "x.png")]
    [InlineData(1, "compare", "first", "frist")]
    public void WrongComparisonsAreSaid(int exit, params string[] args)
    {
        CliRun run = CliRun.Of([.. args, "--output", trained.Runs]);
        Assert.Equal(exit, run.Exit);
        run.AssertReadable();
        if (exit == 1)
            Assert.Contains("first", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void EvalSaysWhatChanceDoesAndWritesAPage()
    {
        string folder = trained.Temp("page");
        CliRun json = CliRun.Of("eval", "--weights", trained.Run, "--data", trained.Data, "--backend", "managed", "--threads", "1", "--tta", "flip", "--report",
            folder, "--json");
        Assert.Equal(0, json.Exit);
        Assert.Equal(
            [
                "images", "skipped", "loss", "top1", "top5", "perClass", "confusion", "accuracyInterval", "accuracyBootstrap", "macroF1", "macroF1Bootstrap", "ece", "temperature", "eceAtTemperature",
                "confidentlyWrong", "hardest",
            ],
            json.Json.EnumerateObject().Select(p => p.Name));
        double[] interval = [.. json.Json.GetProperty("accuracyInterval").EnumerateArray().Select(e => e.GetDouble())];
        Assert.InRange(json.Json.GetProperty("top1").GetDouble(), interval[0], interval[1]);
        Assert.Equal(20, json.Json.GetProperty("hardest").GetArrayLength());
        string page = File.ReadAllText(Path.Combine(folder, "eval.html"));
        Assert.Contains("flip", page, StringComparison.Ordinal);
        Assert.Contains("data:image/png;base64,", page, StringComparison.Ordinal);
        Assert.DoesNotContain("http", page, StringComparison.Ordinal);
        CliRun crops = CliRun.Of("eval", "--weights", trained.Run, "--data", trained.Data, "--tta", "ten-crop");
        Assert.Equal(1, crops.Exit);
        Assert.Contains("center-crop", crops.Error, StringComparison.Ordinal);
        Assert.Equal(2, CliRun.Of("eval", "--weights", trained.Run, "--data", trained.Data, "--tta", "five-crop").Exit);
    }

    [Fact]
    public void ARunIsNotComparedWithItself()
    {
        CliRun run = CliRun.Of("compare", "first", trained.Run, "--output", trained.Runs);
        Assert.Equal(2, run.Exit);
        Assert.Contains("is given 2 times", run.Error, StringComparison.Ordinal);
    }

    /// <summary>Minutes of work are not lost to a folder that is not there.</summary>
    [Theory]
    [InlineData("eval --weights {run} --data {data} --backend managed --report {none}/page.html", "--report")]
    [InlineData("lr-find --model lenet5 --data {data} --backend managed --output {none}/curve.svg", "--output")]
    [InlineData("compare {run} {run} -o {none}/page.html", "-o")]
    [InlineData("data preview {data} --model lenet5 -o {none}/fed.png", "-o")]
    public void WhereAResultCannotBeWrittenIsFoundOutFirst(string command, string option)
    {
        string none = trained.Temp("none");
        CliRun run = CliRun.Of([.. command.Split(' ').Select(w => w.Replace("{run}", trained.Run).Replace("{data}", trained.Data).Replace("{none}", none))]);
        Assert.Equal(1, run.Exit);
        Assert.Contains($"{option} {none}", run.Error, StringComparison.Ordinal);
        Assert.Contains($"there is no folder '{none}'. Make the folder first", run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Out);
    }
}
