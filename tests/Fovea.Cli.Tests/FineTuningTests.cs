using System.Text.Json;
using Fovea.Cli.Framework;
using Fovea.Cli.Tests.Support;
using Fovea.Models;
using Fovea.Training;

namespace Fovea.Cli.Tests;

/// <summary><c>train --weights</c>: what a run takes over besides the weights, and the batch size that is found for one that trains the head alone.</summary>
public sealed class FineTuningTests(TrainedRun trained) : IClassFixture<TrainedRun>
{
    private const string Statistics = """{"mean": [0.31], "std": [0.27], "evalTransform": "resize(32) center-crop(28)", "trainTransform": "resize(28x28) random-crop(28,padding=2)"}""";

    [Fact]
    public void ARunGoesOnWithWhatTheWeightsWereFed()
    {
        string model = Imported("fed");
        // Neither --model nor its options: the file says them.
        (Architecture taken, CliRun run) = Train("taken", "--weights", model);
        Architecture file = ModelFile.Describe(model)!;
        Assert.Equal(ArchitectureJson.Write(file), ArchitectureJson.Write(taken));
        Assert.Equal("relu", taken.Options["activation"]);
        Assert.Contains("says what its network is fed, and this run keeps to it: resize(32) center-crop(28); mean 0.31, std 0.27", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Otherwise than there", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void OptionsDecideBeforeTheFile()
    {
        string model = Imported("decided");
        (Architecture taken, CliRun run) = Train("decided", "--weights", model, "--model", "lenet5", "--std", "0.5", "--train-transform", "resize(28x28)", "--activation", "sigmoid");
        Preprocessing now = taken.Preprocessing;
        Assert.Equal([0.31f], now.Mean);
        Assert.Equal([0.5f], now.Std);
        Assert.Equal(("resize(32) center-crop(28)", "resize(28x28)", "sigmoid", "max"), (now.EvalTransform, now.TrainTransform, taken.Options["activation"], taken.Options["pool"]));
        Assert.Contains("Otherwise than there, by this run's options: mean and std, the transforms of training, --activation sigmoid instead of relu", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void ValuesFrom0To255AndChannelsTheOtherWayRoundAreKeptAndNotMixedWithOthers()
    {
        string model = Imported("bytes", """{"mean": [104], "std": [1], "scale": 1, "reverseChannels": true}""");
        Preprocessing kept = Train("bytes", "--weights", model).Architecture.Preprocessing;
        Assert.Equal((104f, 1f, 1f, true), (kept.Mean[0], kept.Std[0], kept.Scale, kept.ReverseChannels));
        Preprocessing given = Train("given", "--weights", model, "--mean", "0.5", "--std", "0.25").Architecture.Preprocessing;
        Assert.Equal((0.5f, 0.25f, 1f / 255f), (given.Mean[0], given.Std[0], given.Scale));
        CliRun half = CliRun.Of("train", "--weights", model, "--data", trained.Data, "--mean", "0.5", "--output", trained.Runs);
        Assert.Equal(ExitCode.Usage, half.Exit);
        Assert.Contains("give --mean and --std together", half.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void WeightsAloneSayNothingOfTheirNetwork()
    {
        string plain = trained.Temp("alone.safetensors");
        Assert.Equal(ExitCode.Done, CliRun.Of("export", "--weights", trained.Model, "-o", plain).Exit);
        CliRun run = CliRun.Of("train", "--weights", plain, "--data", trained.Data, "--output", trained.Runs);
        Assert.Equal(ExitCode.Usage, run.Exit);
        Assert.Contains("does not say of which network", run.Error, StringComparison.Ordinal);
    }

    /// <summary>A frozen layer keeps no gradient, and what lies before it none either, so more images fit.</summary>
    [Fact]
    public void MoreImagesFitWhereTheHeadAloneIsTrained()
    {
        long Largest(string name, params string[] more)
        {
            CliRun run = CliRun.Of(["train", "--model", "lenet5", "--data", trained.Data, "--input", "1x256x256", "--epochs", "1", "--limit-train", "2", "--limit-val", "2",
                "--batch-size", "2", "--memory", "1M", "--backend", "managed", "--threads", "1", "--output", trained.Runs, "--name", name, .. more]);
            Assert.Equal(ExitCode.Failed, run.Exit);
            string need = run.Error.Split("needs about ")[1].Split(' ')[0];
            return (long)(double.Parse(need) * 1000);
        }
        Assert.InRange(Largest("frozen", "--freeze", "features"), 1, Largest("whole") - 1000);
    }

    [Fact]
    public void ARunWhoseBatchSizeWasFoundResumesToTheSameBits()
    {
        string[] Training(string output) =>
        [
            "train", "--model", "lenet5", "--activation", "relu", "--pool", "max", "--init", "pytorch", "--data", trained.Data, "--batch-size", "auto", "--memory", "4G",
            "--epochs", "3", "--checkpoint-every", "1steps", "--lr", "0.02", "--backend", "managed", "--threads", "1", "--output", trained.Temp(output), "--name", "run",
        ];
        string Resume(string output) => Path.Combine(trained.Temp(output), "run", "checkpoints", "resume.safetensors");
        Assert.Equal(ExitCode.Done, CliRun.Of(Training("auto")).Exit);
        using (FoveaProcess killed = FoveaProcess.Start(Training("auto-killed")))
        {
            while (!killed.HasExited && !File.Exists(Resume("auto-killed")))
                Thread.Sleep(1);
            killed.Kill();
        }
        CliRun refused = CliRun.Of("train", "--resume", "run", "--output", trained.Temp("auto-killed"), "--batch-size", "auto");
        Assert.Equal(ExitCode.Usage, refused.Exit);
        Assert.Contains("--batch-size cannot be given too", refused.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, CliRun.Of("train", "--resume", "run", "--output", trained.Temp("auto-killed")).Exit);
        Assert.True(File.ReadAllBytes(Resume("auto")).AsSpan().SequenceEqual(File.ReadAllBytes(Resume("auto-killed"))));
        using JsonDocument args = JsonDocument.Parse(File.ReadAllText(Path.Combine(trained.Temp("auto-killed"), "run", "args.json")));
        // 80 training images: the largest power of two among them.
        Assert.Equal(64, args.RootElement.GetProperty("options").GetProperty("batch-size").GetInt32());
    }

    /// <summary>The trained network as if its weights came from elsewhere, with a preprocessing of theirs.</summary>
    private string Imported(string name, string preprocessing = Statistics)
    {
        string plain = trained.Temp($"{name}-plain.safetensors"), model = trained.Temp($"{name}.safetensors"), json = trained.Temp($"{name}.json");
        File.WriteAllText(json, preprocessing);
        Assert.Equal(ExitCode.Done, CliRun.Of("export", "--weights", trained.Model, "--format", "safetensors", "-o", plain).Exit);
        CliRun import = CliRun.Of("import", plain, "--model", "lenet5", "--classes", "2", "--activation", "relu", "--pool", "max", "--preprocess", json, "-o", model);
        Assert.True(import.Exit == ExitCode.Done, import.Error);
        return model;
    }

    private (Architecture Architecture, CliRun Run) Train(string name, params string[] options)
    {
        CliRun run = CliRun.Of(["train", "--data", trained.Data, "--epochs", "1", "--limit-train", "8", "--limit-val", "4", "--batch-size", "4", "--lr", "0.001",
            "--backend", "managed", "--threads", "1", "--output", trained.Runs, "--name", name, .. options]);
        Assert.True(run.Exit == ExitCode.Done, run.Error);
        return (RunArgs.Load(Path.Combine(trained.Runs, name)).Options.Architecture, run);
    }
}
