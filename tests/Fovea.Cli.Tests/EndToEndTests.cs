using System.Text.Json;
using Fovea.Cli.Tests.Support;

namespace Fovea.Cli.Tests;

/// <summary>From a folder of pictures to answers about others, by the commands alone.</summary>
public sealed class EndToEndTests(TrainedRun trained) : IClassFixture<TrainedRun>
{
    [Fact]
    public void TrainPrintsTheContractsJsonAlone()
    {
        CliRun run = trained.Training;
        Assert.Equal(0, run.Exit);
        Assert.Equal(["run", "epochs", "best"], run.Json.EnumerateObject().Select(p => p.Name));
        Assert.Equal(trained.Run, run.Json.GetProperty("run").GetString());
        JsonElement epoch = run.Json.GetProperty("epochs")[1];
        Assert.Equal(["epoch", "trainLoss", "trainAcc", "valLoss", "valAcc", "lr", "seconds", "imagesPerSecond"],
            epoch.EnumerateObject().Select(p => p.Name));
        Assert.Equal(2, epoch.GetProperty("epoch").GetInt32());
        // Bright left or bright right: whoever learns anything gets all of it.
        Assert.Equal(1.0, run.Json.GetProperty("best").GetProperty("valAcc").GetDouble());
        run.AssertReadable();
    }

    [Fact]
    public void TrainLogsHeaderAndEpochsOnStandardError()
    {
        string log = trained.Training.Error;
        Assert.Contains("lenet5", log, StringComparison.Ordinal);
        Assert.Contains("80 for training, 20 for validation", log, StringComparison.Ordinal);
        Assert.Contains("managed", log, StringComparison.Ordinal);
        Assert.Contains("train loss", log, StringComparison.Ordinal);
    }

    [Fact]
    public void TrainEndsWithWhereItsFilesAre()
    {
        CliRun run = trained.Train("--epochs", "1", "--device", "cpu", "--name", "told");
        Assert.Equal(0, run.Exit);
        Assert.Contains("Best: epoch 1 of 1, validation accuracy", run.Out, StringComparison.Ordinal);
        Assert.Contains($"Files: {Path.Combine(trained.Runs, "told")}", run.Out, StringComparison.Ordinal);
        run.AssertReadable();
    }

    [Fact]
    public void TheRunsFolderHoldsWhatTheContractSays() =>
        Assert.All(["args.json", "events.jsonl", "results.csv", "checkpoints/best.safetensors", "checkpoints/last.safetensors",
            "checkpoints/resume.safetensors"],
            file => Assert.True(File.Exists(Path.Combine(trained.Run, file)), file));

    [Theory]
    [InlineData("val", 20)]
    [InlineData("train", 80)]
    [InlineData("all", 100)]
    public void EvalMeasuresASplit(string split, int images)
    {
        CliRun run = CliRun.Of("eval", "--weights", trained.Run, "--data", trained.Data, "--split", split, "--backend", "managed", "--json");
        Assert.Equal(0, run.Exit);
        Assert.Equal(["images", "skipped", "loss", "top1", "top5", "perClass", "confusion"], run.Json.EnumerateObject().Select(p => p.Name).Take(7));
        Assert.Equal(images, run.Json.GetProperty("images").GetInt32());
        Assert.Equal(images, run.Json.GetProperty("confusion").EnumerateArray().Sum(row => row.EnumerateArray().Sum(n => n.GetInt32())));
        JsonElement left = run.Json.GetProperty("perClass")[0];
        Assert.Equal(["class", "precision", "recall", "f1", "support"], left.EnumerateObject().Select(p => p.Name));
        Assert.Equal("left", left.GetProperty("class").GetString());
    }

    [Fact]
    public void EvalPrintsAConfusionMatrix()
    {
        CliRun run = CliRun.Of("eval", "--weights", "first", "--output", trained.Runs, "--data", trained.Data, "--backend", "managed");
        Assert.Equal(0, run.Exit);
        Assert.Contains("Confusion matrix", run.Out, StringComparison.Ordinal);
        Assert.Contains("100.0 %", run.Out, StringComparison.Ordinal);
        run.AssertReadable();
    }

    [Fact]
    public void PredictAnswersGoodFilesAndSaysWhatIsWrongWithBroken()
    {
        string folder = Directory.CreateDirectory(trained.Temp("mixed", "below")).Parent!.FullName;
        File.WriteAllBytes(Path.Combine(folder, "good.bmp"), Pictures.Bmp(left: true, 5000));
        File.WriteAllBytes(Path.Combine(folder, "below", "no-ending"), Pictures.Bmp(left: false, 5001));
        File.WriteAllBytes(Path.Combine(folder, "called.jpg"), Pictures.Bmp(left: true, 5002));
        File.WriteAllBytes(Path.Combine(folder, "cut.bmp"), Pictures.Bmp(left: true, 5003)[..900]);
        File.WriteAllBytes(Path.Combine(folder, "empty.png"), []);
        File.WriteAllBytes(Path.Combine(folder, "bomb.bmp"), Pictures.BmpHeader(60_000, 60_000, 54));
        File.WriteAllBytes(Path.Combine(folder, "point.bmp"), Pictures.BmpHeader(1, 1, 58));
        File.WriteAllText(Path.Combine(folder, "notes.txt"), "no picture");
        CliRun run = CliRun.Of("predict", "--weights", trained.Run, folder, "--backend", "managed", "--logits", "--json");
        Assert.Equal(1, run.Exit);
        Assert.Contains("3 of 7 images could not be read", run.Error, StringComparison.Ordinal);
        Dictionary<string, JsonElement> byName = run.Json.EnumerateArray().ToDictionary(p => Path.GetFileName(p.GetProperty("image").GetString()!));
        Assert.Equal(["below", "bomb.bmp", "called.jpg", "cut.bmp", "empty.png", "good.bmp", "no-ending", "point.bmp"],
            byName.Keys.Append("below").Order(StringComparer.Ordinal));
        Assert.Equal("left", Answer(byName["good.bmp"]));
        Assert.Equal("left", Answer(byName["called.jpg"]));
        Assert.Equal("right", Answer(byName["no-ending"]));
        Assert.All(["cut.bmp", "empty.png", "bomb.bmp"], name => Assert.NotEqual("", byName[name].GetProperty("error").GetString()));
        Assert.False(byName["good.bmp"].TryGetProperty("error", out _));
        Assert.Equal(2, byName["good.bmp"].GetProperty("logits").GetArrayLength());
        Assert.Equal(1.0, byName["good.bmp"].GetProperty("top").EnumerateArray().Sum(t => t.GetProperty("probability").GetDouble()), 1e-6);
        run.AssertReadable();
    }

    [Fact]
    public void PredictPrintsALineForEachImage()
    {
        string good = Path.Combine(trained.Data, "val", "right", "000.bmp");
        CliRun run = CliRun.Of("predict", "--weights", trained.Model, good, trained.Temp("gone.bmp"), "--backend", "managed", "--top-k", "1");
        Assert.Equal(1, run.Exit);
        Assert.Matches(@"000\.bmp +right \d+\.\d %", run.Out);
        Assert.Contains("gone.bmp", run.Out, StringComparison.Ordinal);
        Assert.Contains("error:", run.Out, StringComparison.Ordinal);
        run.AssertReadable();
    }

    [Fact]
    public void PredictEndsInAFolderThatLeadsBackToItself()
    {
        string folder = Directory.CreateDirectory(trained.Temp("circle", "inside")).Parent!.FullName;
        Directory.CreateSymbolicLink(Path.Combine(folder, "inside", "up"), folder);
        File.WriteAllBytes(Path.Combine(folder, "inside", "a.bmp"), Pictures.Bmp(left: true, 1));
        CliRun run = CliRun.Of("predict", "--weights", trained.Run, folder, "--backend", "managed", "--json");
        Assert.Equal(0, run.Exit);
        Assert.Single(run.Json.EnumerateArray());
    }

    [Fact]
    public void ResumingAFinishedRunGivesTheSameJson()
    {
        CliRun run = CliRun.Of("train", "--resume", "first", "--output", trained.Runs, "--json");
        Assert.Equal(0, run.Exit);
        Assert.Equal(trained.Training.Out, run.Out);
    }

    [Theory]
    [InlineData("--threads", "2")]
    [InlineData("--backend", "onednn")]
    public void ResumingWithOtherArithmeticIsRefused(string option, string value)
    {
        string name = $"stopped{option}";
        using StringWriter output = new(), error = new();
        using (Framework.CliConsole console = new(output, error))
        {
            console.Stop.Request();
            int exit = Framework.CommandLine.Run(
                ["train", "--model", "lenet5", "--data", trained.Data, "--backend", "managed", "--threads", "1", "--output", trained.Runs, "--name",
                    name, "--epochs", "1", "--json"], console);
            Assert.Equal(130, exit);
        }
        Assert.Contains($"--resume {Path.Combine(trained.Runs, name)}", error.ToString(), StringComparison.Ordinal);
        CliRun refused = CliRun.Of("train", "--resume", name, "--output", trained.Runs, option, value);
        Assert.Equal(1, refused.Exit);
        Assert.Contains(option, refused.Error, StringComparison.Ordinal);
        refused.AssertReadable();
        CliRun resumed = CliRun.Of("train", "--resume", name, "--output", trained.Runs, "--json");
        Assert.Equal(0, resumed.Exit);
        Assert.Single(resumed.Json.GetProperty("epochs").EnumerateArray());
    }

    [Fact]
    public void DataInspectCountsClassesAndBrokenFiles()
    {
        string folder = trained.Temp("inspected");
        Pictures.WriteDataSet(folder, 3, 1);
        File.WriteAllBytes(Path.Combine(folder, "train", "left", "broken.png"), [1, 2, 3]);
        CliRun run = CliRun.Of("data", "inspect", folder, "--json");
        Assert.Equal(0, run.Exit);
        Assert.Equal(7, run.Json.GetProperty("trainImages").GetInt32());
        Assert.Equal(4, run.Json.GetProperty("classes")[0].GetProperty("train").GetInt32());
        Assert.EndsWith("broken.png", run.Json.GetProperty("broken")[0].GetProperty("image").GetString(), StringComparison.Ordinal);
        CliRun text = CliRun.Of("data", "inspect", folder);
        Assert.Contains("broken.png", text.Out, StringComparison.Ordinal);
        text.AssertReadable();
    }

    private static string? Answer(JsonElement prediction) => prediction.GetProperty("top")[0].GetProperty("class").GetString();
}
