using System.Buffers.Binary;
using Fovea.Cli.Tests.Support;

namespace Fovea.Cli.Tests;

/// <summary>Bad input: each with a message that says what to do, none with a stack trace, nothing lost.</summary>
public sealed class BadInputTests(TrainedRun trained) : IClassFixture<TrainedRun>
{
    private static readonly string[] Managed = ["--backend", "managed", "--threads", "1"];

    [Fact]
    public void AFolderThatIsMissing() => Refused(TrainOn(trained.Temp("no-such-folder")), "neither a built-in data set");

    [Fact]
    public void AFolderThatIsEmpty() => Refused(TrainOn(Directory.CreateDirectory(trained.Temp("empty")).FullName), "train/<class>/*");

    [Fact]
    public void AFileInsteadOfAFolder() => Refused(TrainOn(trained.Model), "expected a folder of photographs");

    [Fact]
    public void OneClass()
    {
        string folder = trained.Temp("one-class");
        Pictures.WriteDataSet(folder, 2, 2, "left");
        Refused(TrainOn(folder), "a classifier needs two or more");
    }

    [Fact]
    public void ClassesThatDifferBetweenSplits()
    {
        string folder = trained.Temp("differ");
        Pictures.WriteDataSet(folder, 2, 2);
        Directory.Move(Path.Combine(folder, "val", "left"), Path.Combine(folder, "val", "lefty"));
        Refused(TrainOn(folder), "Only in training: left", "Only in validation: lefty");
    }

    [Fact]
    public void IdxFilesThatAreCutShort()
    {
        string folder = Directory.CreateDirectory(trained.Temp("idx")).FullName;
        byte[] images = new byte[16 + 100];
        BinaryPrimitives.WriteInt32BigEndian(images, 0x803);
        BinaryPrimitives.WriteInt32BigEndian(images.AsSpan(4), 60_000);
        BinaryPrimitives.WriteInt32BigEndian(images.AsSpan(8), 28);
        BinaryPrimitives.WriteInt32BigEndian(images.AsSpan(12), 28);
        foreach (string name in (string[])["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"])
            File.WriteAllBytes(Path.Combine(folder, name), images);
        Refused(CliRun.Of(["train", "--model", "lenet5", "--data", "mnist", "--data-dir", folder, "--output", trained.Runs, .. Managed]), folder);
    }

    [Fact]
    public void ADataFolderWithoutTheDataSet()
    {
        string folder = Directory.CreateDirectory(trained.Temp("no-data")).FullName;
        Refused(CliRun.Of(["train", "--model", "lenet5", "--data", "cifar10", "--data-dir", folder, "--output", trained.Runs, .. Managed]),
            "--data-dir", "cifar-10-binary.tar.gz");
    }

    [Fact]
    public void ACheckpointThatIsCutShort()
    {
        string path = trained.Temp("cut.safetensors");
        File.WriteAllBytes(path, File.ReadAllBytes(trained.Model)[..5000]);
        Refused(CliRun.Of(["eval", "--weights", path, "--data", trained.Data, .. Managed]), "cut.safetensors");
    }

    [Fact]
    public void ACheckpointThatIsNone() =>
        Refused(CliRun.Of(["predict", "--weights", Path.Combine(trained.Run, "results.csv"), trained.Data, .. Managed]), "results.csv");

    [Fact]
    public void ACheckpointOfAnotherNetwork() =>
        Refused(CliRun.Of(["train", "--model", "alexnet-cifar", "--data", trained.Data, "--weights", trained.Model, "--output", trained.Runs,
            .. Managed]), "features.0.weight", "alexnet-cifar");

    [Fact]
    public void ACheckpointWithATensorOfAnotherShape()
    {
        string folder = trained.Temp("three");
        Pictures.WriteDataSet(folder, 2, 1, "left", "right", "third");
        Refused(CliRun.Of(["train", "--model", "lenet5", "--data", folder, "--weights", trained.Model, "--output", trained.Runs, .. Managed]),
            "classifier.4.weight");
    }

    [Fact]
    public void DataOfOtherClassesThanTheModels()
    {
        string folder = trained.Temp("others");
        Pictures.WriteDataSet(folder, 2, 1, "up", "down");
        Refused(CliRun.Of(["eval", "--weights", trained.Model, "--data", folder, .. Managed]), "left, right", "down, up");
    }

    [Fact]
    public void ARunThatDoesNotExist() =>
        Refused(CliRun.Of(["predict", "--weights", "frist", "--output", trained.Runs, trained.Data, .. Managed]), "Did you mean 'first'?");

    [Fact]
    public void AnOutputFolderThatCannotBeWritten() =>
        Refused(CliRun.Of(["train", "--model", "lenet5", "--data", trained.Data, "--output", Path.Combine(trained.Model, "runs"), .. Managed]),
            "best.safetensors");

    [Fact]
    public void AnInputSizeThatTheNetworkCannotTake() =>
        Refused(CliRun.Of(["train", "--model", "lenet5", "--data", trained.Data, "--img-size", "8", "--output", trained.Runs, .. Managed]),
            "The smallest input that works is");

    [Fact]
    public void TransformsThatGiveAnotherSizeThanTheNetworks() =>
        Refused(CliRun.Of(["train", "--model", "lenet5", "--data", trained.Data, "--train-transform", "resize(20)", "--output", trained.Runs,
            .. Managed]), "28");

    [Fact]
    public void MeansForAnotherNumberOfChannels() =>
        Refused(CliRun.Of(["train", "--model", "lenet5", "--data", trained.Data, "--mean", "0.1,0.2,0.3", "--output", trained.Runs, .. Managed]),
            "got 3 values for 1 channel");

    [Fact]
    public void ClassesOtherThanTheDatas() =>
        Refused(CliRun.Of(["train", "--model", "lenet5", "--data", trained.Data, "--classes", "7", "--output", trained.Runs, .. Managed]),
            "has 2 classes");

    [Fact]
    public void AFolderWithoutImages() =>
        Refused(CliRun.Of(["predict", "--weights", trained.Model, Directory.CreateDirectory(trained.Temp("nothing")).FullName, .. Managed]),
        "holds no picture");

    [Fact]
    public void MoreThanOnePercentBrokenStopsTheRunUnlessAllowed()
    {
        string folder = trained.Temp("broken");
        Pictures.WriteDataSet(folder, 20, 5);
        for (int i = 0; i < 3; i++)
            File.WriteAllBytes(Path.Combine(folder, "train", "left", $"broken{i}.png"), [0x89, (byte)'P']);
        string[] train = ["train", "--model", "lenet5", "--data", folder, "--epochs", "1", "--output", trained.Runs, .. Managed];
        Refused(CliRun.Of(train), "--allow-broken");
        CliRun allowed = CliRun.Of([.. train, "--allow-broken"]);
        Assert.Equal(0, allowed.Exit);
        for (int i = 0; i < 3; i++)
            Assert.Single(allowed.Error.Split('\n'), line => line.Contains($"broken{i}.png", StringComparison.Ordinal));
    }

    [Fact]
    public void AFailureIsJsonToo()
    {
        CliRun run = CliRun.Of(["train", "--model", "lenet5", "--data", trained.Temp("no-such-folder"), "--json", .. Managed]);
        Assert.Equal(1, run.Exit);
        Assert.Contains("neither a built-in data set", run.Json.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    private CliRun TrainOn(string data) => CliRun.Of(["train", "--model", "lenet5", "--data", data, "--output", trained.Runs, .. Managed]);

    private static void Refused(CliRun run, params string[] messages)
    {
        Assert.True(run.Exit is 1 or 2, $"exit {run.Exit}: {run.Error}");
        Assert.All(messages, message => Assert.Contains(message, run.Error, StringComparison.Ordinal));
        Assert.Empty(run.Out);
        run.AssertReadable();
    }
}
