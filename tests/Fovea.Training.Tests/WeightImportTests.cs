using System.Buffers.Binary;
using System.Text.RegularExpressions;
using Fovea.Engine.Planning;
using Fovea.Formats.Safetensors;
using Fovea.Kernels;
using Fovea.Models;

namespace Fovea.Training.Tests;

public class WeightImportTests
{
    private const string Counter = "classifier.0.num_batches_tracked";

    [Fact]
    public void CountersComeBackWithAnExport()
    {
        using TempFolder folder = new();
        Write(folder["w.safetensors"], Train.LeNet(), counter: 1234567890123);
        ImportedWeights imported = WeightImporter.Import(folder["w.safetensors"], folder["m.safetensors"], Train.LeNet(), SyntheticDataset.FourCorners, new());
        Assert.Equal(1234567890123, Assert.Single(imported.Counters, c => c.Key == Counter).Value);
        Assert.Empty(imported.NewHead);
        ExportedWeights exported = WeightExporter.ToSafetensors(folder["m.safetensors"], folder["out.safetensors"]);
        Assert.Equal((imported.Tensors, 1), (exported.Tensors, exported.Counters));
        using SafetensorsFile before = SafetensorsFile.Open(folder["w.safetensors"]), after = SafetensorsFile.Open(folder["out.safetensors"]);
        Assert.Equal(["format"], after.Metadata.Keys);
        Assert.Equal(before.Tensors.Select(t => $"{t}"), after.Tensors.Select(t => $"{t}"));
        foreach (TensorEntry tensor in before.Tensors)
        {
            byte[] wanted = new byte[tensor.ByteCount], got = new byte[tensor.ByteCount];
            before.Read(tensor.Name, wanted);
            after.Read(tensor.Name, got);
            Assert.Equal(wanted, got);
        }
    }

    [Fact]
    public void AHeadForOtherClassesIsMadeAnewOnlyWhereThatIsAskedFor()
    {
        using TempFolder folder = new();
        Write(folder["seven.safetensors"], Train.LeNet(7));
        using ParameterSet parameters = ParameterSet.For(ModelZoo.Build(Train.LeNet()));
        string error = Assert.Throws<FoveaException>(() => WeightImporter.Read(folder["seven.safetensors"], Train.LeNet(), parameters, new())).Message;
        Assert.Contains("2 of its tensors do not fit: classifier.4.weight is [7, 84], expected [4, 84]; classifier.4.bias is [7], expected [4].", error);
        Assert.Contains("Only the last layer differs: --classes N", error);
        ImportedWeights imported = WeightImporter.Read(folder["seven.safetensors"], Train.LeNet(), parameters, new() { NewHead = true, Seed = 5 });
        Assert.Equal(["classifier.4.weight", "classifier.4.bias"], imported.NewHead);
        using SafetensorsFile file = SafetensorsFile.Open(folder["seven.safetensors"]);
        foreach (Parameter parameter in parameters.All.SkipLast(2))
            Assert.Equal(Values(file, parameter.Name), Values(parameter));
        float[] head = Values(parameters["classifier.4.weight"]);
        Assert.All(head, value => Assert.InRange(Math.Abs(value), 0, 1));
        Assert.True(head.Distinct().Count() > head.Length / 2);
        // The same seed gives the same head, another one another.
        using ParameterSet again = ParameterSet.For(ModelZoo.Build(Train.LeNet()));
        WeightImporter.Read(folder["seven.safetensors"], Train.LeNet(), again, new() { NewHead = true, Seed = 5 });
        Assert.Equal(head, Values(again["classifier.4.weight"]));
        WeightImporter.Read(folder["seven.safetensors"], Train.LeNet(), again, new() { NewHead = true, Seed = 6 });
        Assert.NotEqual(head, Values(again["classifier.4.weight"]));
    }

    /// <summary>torchvision's own files of DenseNet still have the keys from before dots in module names were forbidden.</summary>
    [Fact]
    public void FormerNamesOfDenseNetAreItsOwn()
    {
        using TempFolder folder = new();
        Architecture architecture = Architecture.Of(ModelZoo.Find("densenet121"), classes: 2);
        int renamed = 0;
        string Former(string name)
        {
            string former = Regex.Replace(name, @"(denselayer\d+\.(?:norm|conv))([12])\.", "$1.$2.");
            renamed += former == name ? 0 : 1;
            return former;
        }
        Write(folder["old.safetensors"], architecture, replace: Former);
        Assert.Equal(58 * (5 + 5), renamed);
        using ParameterSet parameters = ParameterSet.For(ModelZoo.Build(architecture));
        Assert.Equal(parameters.All.Count, WeightImporter.Read(folder["old.safetensors"], architecture, parameters, new()).Tensors);
        using SafetensorsFile file = SafetensorsFile.Open(folder["old.safetensors"]);
        Assert.Equal(Values(file, "features.denseblock2.denselayer11.conv.2.weight"), Values(parameters["features.denseblock2.denselayer11.conv2.weight"]));
        Assert.Equal(Values(file, "features.transition1.norm.weight"), Values(parameters["features.transition1.norm.weight"]));
    }

    [Fact]
    public void AHeadThatFitsIsKept()
    {
        using TempFolder folder = new();
        Write(folder["four.safetensors"], Train.LeNet());
        using ParameterSet parameters = ParameterSet.For(ModelZoo.Build(Train.LeNet()));
        Assert.Empty(WeightImporter.Read(folder["four.safetensors"], Train.LeNet(), parameters, new() { NewHead = true }).NewHead);
        using SafetensorsFile file = SafetensorsFile.Open(folder["four.safetensors"]);
        Assert.Equal(Values(file, "classifier.4.weight"), Values(parameters["classifier.4.weight"]));
    }

    [Fact]
    public void EveryTensorThatDoesNotFitIsListed()
    {
        using TempFolder folder = new();
        Write(folder["w.safetensors"], Train.LeNet(), counter: 1, replace: name => name == "features.0.weight" ? "other.weight" : name);
        using ParameterSet parameters = ParameterSet.For(ModelZoo.Build(Train.LeNet(9)));
        string error = Assert.Throws<FoveaException>(
            () => WeightImporter.Read(folder["w.safetensors"], Train.LeNet(9), parameters, new() { NewHead = true })).Message;
        Assert.Contains("2 of its tensors do not fit: features.0.weight [6, 1, 5, 5] is missing; other.weight [6, 1, 5, 5] is left over", error);
    }

    /// <summary>Many published GoogLeNets come without their auxiliary classifiers: prediction needs none, and training makes them anew.</summary>
    [Fact]
    public void AuxiliaryClassifiersThatTheFileLacksAreMadeAnew()
    {
        using TempFolder folder = new();
        Architecture three = Architecture.Of(ModelZoo.Find("googlenet-torchvision"), classes: 3, input: new(3, 32, 32));
        string path = folder["plain.safetensors"];
        Write(path, three, without: IsAuxiliary);
        using ParameterSet parameters = ParameterSet.For(ModelZoo.Build(three));
        ImportedWeights imported = WeightImporter.Read(path, three, parameters, new() { Seed = 5 });
        Assert.Empty(imported.NewHead);
        Assert.Equal(parameters.All.Select(p => p.Name).Where(IsAuxiliary), imported.NewAuxiliaries);
        Assert.Equal(parameters.All.Count - 18, imported.Tensors);
        using SafetensorsFile file = SafetensorsFile.Open(path);
        Assert.Equal(Values(file, "inception5b.branch1.conv.weight"), Values(parameters["inception5b.branch1.conv.weight"]));
        Assert.All(Values(parameters["aux2.conv.bn.weight"]), factor => Assert.Equal(1f, factor));
        Assert.InRange(Values(parameters["aux1.fc1.weight"]).Average(x => x * x), 0.009f * 0.009f, 0.011f * 0.011f);
        // For other classes, the main head too.
        Architecture two = three with { Classes = 2 };
        using ParameterSet fewer = ParameterSet.For(ModelZoo.Build(two));
        ImportedWeights tuned = WeightImporter.Read(path, two, fewer, new() { NewHead = true });
        Assert.Equal(["fc.weight", "fc.bias"], tuned.NewHead);
        Assert.Equal(imported.NewAuxiliaries, tuned.NewAuxiliaries);
        // A file that has some of them is not one that goes without.
        string half = folder["half.safetensors"];
        Write(half, three, without: name => name.StartsWith("aux2.", StringComparison.Ordinal));
        Assert.Contains("aux2.fc2.bias [3] is missing", Assert.Throws<FoveaException>(() => WeightImporter.Read(half, three, parameters, new())).Message);
        static bool IsAuxiliary(string key) => key.StartsWith("aux", StringComparison.Ordinal);
    }

    [Fact]
    public void OtherClassesMakeEveryHeadAnew()
    {
        using TempFolder folder = new();
        Architecture three = Architecture.Of(ModelZoo.Find("googlenet-torchvision"), classes: 3, input: new(3, 32, 32)), two = three with { Classes = 2 };
        Write(folder["three.safetensors"], three);
        using ParameterSet parameters = ParameterSet.For(ModelZoo.Build(two));
        ImportedWeights imported = WeightImporter.Read(folder["three.safetensors"], two, parameters, new() { NewHead = true });
        Assert.Equal(["fc.weight", "fc.bias", "aux1.fc2.weight", "aux1.fc2.bias", "aux2.fc2.weight", "aux2.fc2.bias"], imported.NewHead);
        Assert.Empty(imported.NewAuxiliaries);
        using SafetensorsFile file = SafetensorsFile.Open(folder["three.safetensors"]);
        Assert.Equal(Values(file, "aux1.fc1.weight"), Values(parameters["aux1.fc1.weight"]));
    }

    [Fact]
    public void TheNetworkThatAFileBelongsToIsNamed()
    {
        using TempFolder folder = new();
        // Seven classes, where the zoo's own network has ten: the body tells.
        Write(folder["w.safetensors"], Train.LeNet(7));
        Architecture wrong = Architecture.Of(ModelZoo.Find("alexnet-half"), 7);
        using ParameterSet parameters = ParameterSet.For(ModelZoo.Build(wrong));
        string error = Assert.Throws<FoveaException>(() => WeightImporter.Read(folder["w.safetensors"], wrong, parameters, new() { NewHead = true })).Message;
        Assert.EndsWith("They are the tensors of lenet5: give --model lenet5.", error);
    }

    [Theory]
    [InlineData("features.denseblock1.denselayer2.norm.1.weight", "features.denseblock1.denselayer2.norm1.weight")]
    [InlineData("features.denseblock4.denselayer16.conv.2.weight", "features.denseblock4.denselayer16.conv2.weight")]
    [InlineData("features.denseblock1.denselayer2.norm.1.running_mean", "features.denseblock1.denselayer2.norm1.running_mean")]
    [InlineData("features.denseblock1.denselayer2.norm1.weight", "features.denseblock1.denselayer2.norm1.weight")]
    [InlineData("features.transition1.norm.weight", "features.transition1.norm.weight")]
    [InlineData("features.denseblock1.denselayer2.norm.3.weight", "features.denseblock1.denselayer2.norm.3.weight")]
    public void TheKeysOfTorchvisionsFirstDenseNetsAreTodays(string old, string now) => Assert.Equal(now, LegacyNames.Modern(old));

    [Fact]
    public void ARunSaysWhatIsNewAndWhatIsFrozen()
    {
        using TempFolder folder = new();
        Write(folder["seven.safetensors"], Train.LeNet(7));
        RunStarted? started = null;
        TrainingOptions options = Train.Options(folder) with { Weights = folder["seven.safetensors"], NewHead = true, Freeze = "features", Epochs = 1 };
        Train.Run(options, on: e => started ??= e as RunStarted);
        Assert.Equal((folder["seven.safetensors"], 8, 2), (started!.Weights, started.WeightsTaken, started.FrozenLayers));
        Assert.Equal("classifier.4.weight, classifier.4.bias", started.NewHead);
        // Convolutions of 6 and 16 channels, 5x5.
        Assert.Equal((6 * 25) + 6 + (16 * 6 * 25) + 16, started.FrozenParameters);
        RunStarted? plain = null;
        Train.Run(Train.Options(folder) with { Epochs = 1 }, on: e => plain ??= e as RunStarted);
        Assert.Equal(((string?)null, 0, 0, 0L), (plain!.Weights, plain.WeightsTaken, plain.FrozenLayers, plain.FrozenParameters));
        Assert.Null(plain.NewHead);
    }

    [Fact]
    public void ValuesThatAreNotFiniteAreRefusedByTheirTensor()
    {
        using TempFolder folder = new();
        Write(folder["w.safetensors"], Train.LeNet(), poison: "features.3.bias");
        using ParameterSet parameters = ParameterSet.For(ModelZoo.Build(Train.LeNet()));
        string error = Assert.Throws<FoveaException>(() => WeightImporter.Read(folder["w.safetensors"], Train.LeNet(), parameters, new())).Message;
        Assert.Contains("tensor 'features.3.bias' has 1 values of 16 that are not finite", error);
    }

    [Fact]
    public void FrozenLayersStayAsTheyAreAlsoAfterResuming()
    {
        using TempFolder folder = new();
        Write(folder["seven.safetensors"], Train.LeNet(7));
        TrainingOptions options = Train.Options(folder) with { Weights = folder["seven.safetensors"], NewHead = true, Freeze = "features", Name = "straight" };
        RunSummary straight = Train.Run(options);
        using SafetensorsFile before = SafetensorsFile.Open(folder["seven.safetensors"]);
        using (SafetensorsFile after = SafetensorsFile.Open(Path.Combine(straight.Run, "checkpoints", "last.safetensors")))
        {
            Assert.Equal(Values(before, "features.0.weight"), Values(after, "features.0.weight"));
            Assert.Equal(Values(before, "features.3.bias"), Values(after, "features.3.bias"));
            Assert.NotEqual(Values(before, "classifier.0.weight"), Values(after, "classifier.0.weight"));
        }
        using CancellationTokenSource stop = new();
        RunSummary stopped = Train.Run(options with { Name = "stopped" }, on: e => { if (e is EpochDone) stop.Cancel(); }, cancellation: stop.Token);
        Assert.True(stopped.Stopped);
        RunSummary resumed = Train.Run(options with { Resume = stopped.Run });
        Assert.Equal(Train.Checkpoint(straight.Run, "last"), Train.Checkpoint(resumed.Run, "last"));
    }

    [Theory]
    [InlineData("featres", "no parameter's key begins so. Did you mean 'features'?")]
    [InlineData("features.0.w", "takes a part of the parameters features.0.weight, features.0.bias")]
    [InlineData("", "nothing would be left to train")]
    public void APrefixThatCannotBeFrozenIsSaid(string prefix, string message)
    {
        using TempFolder folder = new();
        Assert.Contains(message, Assert.Throws<FoveaException>(() => Train.Run(Train.Options(folder) with { Freeze = prefix })).Message);
    }

    private static float[] Values(SafetensorsFile file, string name)
    {
        float[] values = new float[file.Find(name)!.ElementCount];
        file.ReadFloat32(name, values);
        return values;
    }

    private static float[] Values(Parameter parameter)
    {
        float[] values = new float[parameter.Spec.Elements];
        parameter.Read(values);
        return values;
    }

    /// <summary>A safetensors file without this program's metadata, as Python writes it.</summary>
    private static void Write(string path, Architecture architecture, long? counter = null, Func<string, string>? replace = null, string? poison = null,
        Func<string, bool>? without = null)
    {
        using ParameterSet parameters = ParameterSet.For(ModelZoo.Build(architecture));
        ModelSpec spec = ModelZoo.Find(architecture.Model);
        Initializers.Find("pytorch", spec).Apply(parameters, spec, 99);
        if (poison is not null)
            parameters[poison].Data[1] = float.NaN;
        Parameter[] written = [.. parameters.All.Where(p => without?.Invoke(p.Name) != true)];
        List<TensorEntry> entries = [.. written.Select(p => ParameterTensors.Entry(replace?.Invoke(p.Name) ?? p.Name, p.Spec.Shape))];
        if (counter is not null)
            entries.Add(new TensorEntry(Counter, TensorType.Int64));
        using FileStream stream = File.Create(path);
        SafetensorsWriter writer = new(stream, [], entries);
        foreach (Parameter parameter in written)
            writer.WriteFloat32(Values(parameter));
        byte[] number = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(number, counter ?? 0);
        writer.Write(counter is null ? [] : number);
        writer.Complete();
    }
}
