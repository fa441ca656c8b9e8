using System.Text.Json;
using Fovea.Cli.Framework;
using Fovea.Cli.Tests.Support;
using Fovea.Formats.Safetensors;
using Fovea.Formats.Tests;
using Fovea.Models;
using Fovea.Training;

namespace Fovea.Cli.Tests;

/// <summary>Weights go out to PyTorch's formats and come back.</summary>
public sealed class ImportTests(TrainedRun run) : IClassFixture<TrainedRun>
{
    private const string Model = "--model lenet5 --activation relu --pool max";

    [Fact]
    public void WeightsThatGoOutAndComeBackAsAPyTorchFileGiveTheSameAnswers()
    {
        string plain = run.Temp("plain.safetensors"), pth = run.Temp("plain.pth"), back = run.Temp("back.safetensors");
        CliRun export = CliRun.Line($"export --weights {run.Model} --format safetensors -o {plain} --json");
        Assert.Equal(ExitCode.Done, export.Exit);
        Assert.Equal(10, export.Json.GetProperty("tensors").GetInt32());
        WriteAsPyTorch(plain, pth);
        Preprocessing p = ModelFile.Load(run.Model).Architecture.Preprocessing;
        File.WriteAllText(run.Temp("p.json"), JsonSerializer.Serialize(new { mean = p.Mean, std = p.Std, scale = p.Scale, evalTransform = p.EvalTransform }));
        File.WriteAllText(run.Temp("names.txt"), "left\nright\n");
        CliRun import = CliRun.Line($"import {pth} {Model} --classes 2 --class-names {run.Temp("names.txt")} --preprocess {run.Temp("p.json")} -o {back} --json");
        Assert.Equal(ExitCode.Done, import.Exit);
        Assert.Equal("PyTorch", import.Json.GetProperty("format").GetString());
        Assert.Equal(0, import.Json.GetProperty("newHead").GetArrayLength());
        string images = Path.Combine(run.Data, "val");
        CliRun notImported = CliRun.Line($"predict --weights {pth} {images}");
        Assert.Equal(ExitCode.Failed, notImported.Exit);
        Assert.Contains("Bring it in with 'import'", notImported.Error, StringComparison.Ordinal);
        CliRun before = CliRun.Line($"predict --weights {run.Model} {images} --logits --json --backend managed --threads 1");
        CliRun after = CliRun.Line($"predict --weights {back} {images} --logits --json --backend managed --threads 1");
        Assert.Equal(ExitCode.Done, after.Exit);
        Assert.Equal(before.Out, after.Out);
    }

    [Fact]
    public void ATrainingCanStartFromAPyTorchFileWithAnotherClassCount()
    {
        string plain = run.Temp("start.safetensors"), pth = run.Temp("start.pth"), seven = run.Temp("seven.safetensors");
        CliRun.Line($"export --weights {run.Model} -o {plain}");
        WriteAsPyTorch(plain, pth);
        CliRun import = CliRun.Line($"import {pth} {Model} --classes 7 -o {seven}");
        Assert.Equal(ExitCode.Done, import.Exit);
        Assert.Contains("classifier.4.weight, classifier.4.bias", import.Out, StringComparison.Ordinal);
        Assert.Equal(["0", "1", "2", "3", "4", "5", "6"], ModelFile.Load(seven).Classes);
        CliRun refused = run.Train("--epochs", "1", "--name", "refused", "--weights", seven);
        Assert.Equal(ExitCode.Failed, refused.Exit);
        Assert.Contains("Only the last layer differs: --classes N", refused.Error, StringComparison.Ordinal);
        CliRun trained = run.Train("--epochs", "1", "--name", "tuned", "--weights", seven, "--classes", "2", "--freeze", "features", "--json");
        Assert.Equal(ExitCode.Done, trained.Exit);
        Assert.Matches(@"weights +\S+seven.safetensors: 8 tensors taken", trained.Error);
        Assert.Matches("new head +classifier.4.weight, classifier.4.bias: fresh values", trained.Error);
        Assert.Matches("frozen +2 layers with 2,572 parameters; 58,454 are trained", trained.Error);
        using SafetensorsFile tuned = SafetensorsFile.Open(Path.Combine(run.Runs, "tuned", "checkpoints", "last.safetensors"));
        using SafetensorsFile start = SafetensorsFile.Open(plain);
        Assert.Equal(Values(start, "features.0.weight"), Values(tuned, "features.0.weight"));
        Assert.NotEqual(Values(start, "classifier.0.weight"), Values(tuned, "classifier.0.weight"));
    }

    [Theory]
    [InlineData("import x.pth -o y", "--model is missing")]
    [InlineData("import x.pth --model lenet5", "-o is missing")]
    [InlineData("import x.pth --model lenet5 -o x.pth", "this is the file to be read")]
    [InlineData("import x.pth y.pth --model lenet5 -o z", "takes one FILE, got 2")]
    [InlineData("import x.pth --model lenet6 -o y", "Did you mean 'lenet5'?")]
    [InlineData("import x.pth --model alexnet -o y --preprocess torchvison", "Did you mean 'torchvision'?")]
    [InlineData("import x.pth --model lenet5 -o y --preprocess caffe", "for square colour images, the network's input is 1x28x28")]
    [InlineData("export -o y", "--weights is missing")]
    [InlineData("export --weights x -o y --format onnx", "this version does not have it")]
    public void WrongUseIsRefused(string line, string message)
    {
        CliRun result = CliRun.Line(line);
        Assert.Equal(ExitCode.Usage, result.Exit);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        result.AssertReadable();
    }

    [Theory]
    [InlineData("{\"mean\": [0.5, 0.5]}", "2 means and 1 standard deviations for 1 channels")]
    [InlineData("{\"std\": [0]}", "must be above 0")]
    [InlineData("{\"evalTransform\": \"rezise(28x28)\"}", "rezise")]
    [InlineData("{\"means\": [0.5]}", "Expected an object of mean, std")]
    public void AFileOfPreprocessingThatDoesNotFitIsRefused(string json, string message)
    {
        string path = run.Temp($"{Guid.NewGuid():N}.json");
        File.WriteAllText(path, json);
        CliRun result = CliRun.Line($"import x.pth --model lenet5 -o y --preprocess {path}");
        Assert.Equal(ExitCode.Usage, result.Exit);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        result.AssertReadable();
    }

    [Fact]
    public void AFileThatIsNoWeightsIsRefusedAndLeavesNothing()
    {
        string pth = run.Temp("evil.pth"), output = run.Temp("evil.safetensors");
        File.WriteAllBytes(pth, PthMaker.Zip(PthMaker.Pickle("cos\nsystem\n", PthMaker.Text("touch evil"), "\u0085R")));
        CliRun result = CliRun.Line($"import {pth} --model lenet5 -o {output}");
        Assert.Equal(ExitCode.Failed, result.Exit);
        Assert.Contains("'os.system', which could run any program; nothing was run", result.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(output));
        result.AssertReadable();
        // Lines to copy end as they are to be typed.
        File.WriteAllBytes(pth, PthMaker.Zip(PthMaker.Pickle("cmine\nNet\n")));
        Assert.EndsWith("torch.save(sd, \"weights.pth\")\n", CliRun.Line($"import {pth} --model lenet5 -o {output}").Error.ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    private static float[] Values(SafetensorsFile file, string name)
    {
        float[] values = new float[file.Find(name)!.ElementCount];
        file.ReadFloat32(name, values);
        return values;
    }

    private static void WriteAsPyTorch(string safetensors, string pth)
    {
        using SafetensorsFile file = SafetensorsFile.Open(safetensors);
        List<object> pickle = ["}"];
        List<(string, byte[])> storages = [];
        foreach (TensorEntry tensor in file.Tensors)
        {
            byte[] bytes = new byte[tensor.ByteCount];
            file.Read(tensor.Name, bytes);
            int[] size = [.. tensor.Shape.Select(n => (int)n)];
            int[] stride = [.. size.Select((_, i) => size[(i + 1)..].Aggregate(1, (product, n) => product * n))];
            pickle.AddRange([PthMaker.Text(tensor.Name), PthMaker.Tensor($"{storages.Count}", (int)tensor.ElementCount, 0, size, stride), "s"]);
            storages.Add(($"data/{storages.Count}", bytes));
        }
        File.WriteAllBytes(pth, PthMaker.Zip(PthMaker.Pickle([.. pickle]), [.. storages]));
    }
}
