using System.Buffers.Binary;
using System.Text.Json;
using Fovea.Engine.Planning;
using Fovea.Formats.Safetensors;
using Fovea.Models;

namespace Fovea.Training.Tests;

/// <summary>What an export writes is what PyTorch reads; read here by hand, after the format's description, and by Python with tests/goldens/read_export.py.</summary>
public sealed class WeightExportTests
{
    [Fact]
    public void AnExportHasEveryKeyTypeAndShapeOfTorchvisionsStateDict()
    {
        using TempFolder folder = new();
        Architecture architecture = Architecture.Of(ModelZoo.Find("resnet18"), 1000);
        using ParameterSet parameters = ParameterSet.For(ModelZoo.Build(architecture));
        parameters["layer1.0.conv1.weight"].Write([.. Enumerable.Range(0, 64 * 64 * 9).Select(i => i * 0.25f)]);
        ModelFile.Save(folder["m.safetensors"], architecture, [.. Enumerable.Range(0, 1000).Select(i => $"{i}")], parameters);
        ExportedWeights exported = WeightExporter.ToSafetensors(folder["m.safetensors"], folder["out.safetensors"]);
        Assert.Equal((102, 20), (exported.Tensors, exported.Counters));

        byte[] file = File.ReadAllBytes(folder["out.safetensors"]);
        int header = (int)BinaryPrimitives.ReadInt64LittleEndian(file);
        Assert.Equal(0, header % 8);
        List<string> found = [];
        long next = 0;
        foreach (JsonProperty tensor in JsonDocument.Parse(file.AsMemory(8, header)).RootElement.EnumerateObject())
        {
            if (tensor.Name == "__metadata__")
            {
                Assert.Equal("{\"format\":\"pt\"}", tensor.Value.GetRawText());
                continue;
            }
            long[] shape = [.. tensor.Value.GetProperty("shape").EnumerateArray().Select(e => e.GetInt64())];
            long[] offsets = [.. tensor.Value.GetProperty("data_offsets").EnumerateArray().Select(e => e.GetInt64())];
            string type = tensor.Value.GetProperty("dtype").GetString()!;
            Assert.Equal(next, offsets[0]);
            Assert.Equal(shape.Aggregate(type == "I64" ? 8L : 4L, (a, b) => a * b), offsets[1] - offsets[0]);
            next = offsets[1];
            found.Add($"{tensor.Name}\t{type}\t{string.Join(',', shape)}");
            if (tensor.Name == "layer1.0.conv1.weight")
                Assert.Equal(64 * 64 * 9 - 1, BitConverter.ToSingle(file, 8 + header + (int)offsets[1] - 4) * 4);
        }
        Assert.Equal(file.Length - 8 - header, next);
        string[] wanted = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "goldens", "resnet18.state_dict.tsv"));
        Assert.Equal(wanted.Order(StringComparer.Ordinal), found.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void BatchNormsCountTheirTrainingSteps()
    {
        using TempFolder folder = new();
        // 60 images in batches of 16: four steps an epoch, two epochs.
        TrainingOptions options = Train.Options(folder) with { Architecture = RunningStatisticsTests.ResNet() };
        RunSummary first = Train.Run(options with { Name = "first" }, Data());
        Assert.All(Counters(folder, first.Run), counter => Assert.Equal(8, counter));
        Assert.Equal(19, Counters(folder, first.Run).Length);
        // From there a third epoch, in a run of its own, also where the layers are frozen: PyTorch counts there too.
        string last = Path.Combine(first.Run, "checkpoints", "last.safetensors");
        RunSummary second = Train.Run(options with { Name = "second", Weights = last, Epochs = 1, Freeze = "layer1" }, Data());
        Assert.All(Counters(folder, second.Run), counter => Assert.Equal(12, counter));
        // What was exported comes in again with its counters.
        ImportedWeights imported = WeightImporter.Import(folder["out.safetensors"], folder["again.safetensors"], options.Architecture, SyntheticDataset.FourCorners, new());
        Assert.Equal(19, imported.Counters.Count(counter => counter.Value == 12));
    }

    private static Fovea.Data.DataSplits Data() => SyntheticDataset.Splits(train: 60, val: 20);

    private static long[] Counters(TempFolder folder, string run)
    {
        WeightExporter.ToSafetensors(Path.Combine(run, "checkpoints", "last.safetensors"), folder["out.safetensors"]);
        using SafetensorsFile file = SafetensorsFile.Open(folder["out.safetensors"]);
        return [.. file.Tensors.Where(t => t.Name.EndsWith(".num_batches_tracked", StringComparison.Ordinal)).Select(t =>
        {
            byte[] number = new byte[8];
            file.Read(t.Name, number);
            return BinaryPrimitives.ReadInt64LittleEndian(number);
        })];
    }
}
