using Fovea.Engine.Planning;
using Fovea.Formats.Safetensors;
using Fovea.Kernels;
using Fovea.Models;

namespace Fovea.Training.Tests;

public class ModelFileTests
{
    [Fact]
    public void AModelIsReadBackAsItWasWritten()
    {
        using TempFolder folder = new();
        Architecture architecture = Train.LeNet() with { Dropout = 0.25f };
        using ParameterSet parameters = Fresh(architecture);
        ModelFile.Save(folder["m.safetensors"], architecture, SyntheticDataset.FourCorners, parameters);
        LoadedModel model = ModelFile.Load(folder["m.safetensors"]);
        Assert.Equal(ArchitectureJson.Write(architecture), ArchitectureJson.Write(model.Architecture));
        Assert.Equal(SyntheticDataset.FourCorners, model.Classes);
        using ParameterSet read = model.CreateParameters();
        Assert.Equal(parameters.All.Select(p => p.Name), read.All.Select(p => p.Name));
        foreach (Parameter parameter in parameters.All)
            Assert.True(parameter.Data.SequenceEqual(read[parameter.Name].Data), parameter.Name);
    }

    [Fact]
    public void TensorsLieInPyTorchsOrderUnderTheirKeys()
    {
        using TempFolder folder = new();
        using ParameterSet parameters = Fresh(Train.LeNet());
        ModelFile.Save(folder["m.safetensors"], Train.LeNet(), SyntheticDataset.FourCorners, parameters);
        using SafetensorsFile file = SafetensorsFile.Open(folder["m.safetensors"]);
        Assert.Equal(parameters.All.Select(p => p.Name), file.Tensors.Select(t => t.Name));
        // The first linear layer reads a flattened image: its columns are turned around between memory and file.
        Parameter linear = parameters.All.First(p => p.Spec.Columns is not null);
        float[] values = new float[linear.Spec.Elements], expected = new float[linear.Spec.Elements];
        file.ReadFloat32(linear.Name, values);
        linear.Read(expected);
        Assert.Equal(expected, values);
        Assert.False(linear.Data.SequenceEqual(values));
    }

    [Fact]
    public void AFileThatIsCutShortIsRefusedAtEveryLength()
    {
        using TempFolder folder = new();
        byte[] whole = Saved(folder);
        foreach (int length in (int[])[0, 4, 8, 100, whole.Length / 2, whole.Length - 1])
        {
            File.WriteAllBytes(folder["short.safetensors"], whole.AsSpan(0, length));
            Assert.Contains("short.safetensors", Assert.Throws<FoveaException>(() => ModelFile.Load(folder["short.safetensors"])).Message);
        }
    }

    [Fact]
    public void EveryTensorThatDoesNotFitIsListed()
    {
        using TempFolder folder = new();
        Architecture four = Train.LeNet();
        using ParameterSet seven = Fresh(Train.LeNet(7));
        // The architecture says four classes, the tensors are those of seven; one is missing and one too many.
        List<TensorEntry> entries = [.. seven.All.Skip(1).Select(p => ParameterTensors.Entry(p.Name, p.Spec.Shape)), ParameterTensors.Entry("extra", [3])];
        using (FileStream stream = File.Create(folder["m.safetensors"]))
            SafetensorsWriter.Write(stream, ModelFile.Metadata(four, SyntheticDataset.FourCorners), entries, entry => new float[entry.ElementCount]);
        string message = Assert.Throws<FoveaException>(() => ModelFile.Load(folder["m.safetensors"])).Message;
        Assert.Contains("4 of its tensors do not fit", message);
        Assert.Contains($"{seven.All[0].Name} [6, 1, 5, 5] is missing", message);
        Assert.Contains("[7, 84], expected [4, 84]", message);
        Assert.Contains("[7], expected [4]", message);
        Assert.Contains("extra [3] is left over", message);
    }

    [Fact]
    public void WeightsOfAnotherNetworkAreRefused()
    {
        using TempFolder folder = new();
        Saved(folder);
        Architecture other = Architecture.Of(ModelZoo.Find("nin-cifar"), 4);
        using ParameterSet parameters = ParameterSet.For(ModelZoo.Build(other));
        Assert.Contains("do not fit", Assert.Throws<FoveaException>(() => ModelFile.ReadWeights(folder["m.safetensors"], parameters, "nin-cifar")).Message);
    }

    [Theory]
    [InlineData("\"lenet5\"", "\"lenet6\"", "There is no network called lenet6. Did you mean 'lenet5'?")]
    [InlineData("\"relu\"", "\"rulu\"", "--activation rulu is not known")]
    [InlineData("\"classes\":4", "\"classes\":5", "4 class names for a network of 5 classes")]
    [InlineData("[1,28,28]", "[1,28]", "expected channels, height, width")]
    [InlineData("\"mean\":[0.286]", "\"mean\":[]", "0 means")]
    [InlineData("{\"model\"", "[\"model\"", "cannot be read")]
    public void AnArchitectureThatIsNotKnownIsSaid(string from, string to, string message)
    {
        using TempFolder folder = new();
        string text = ArchitectureJson.Write(Train.LeNet());
        Assert.Contains(from, text);
        List<KeyValuePair<string, string>> metadata = [.. ModelFile.Metadata(Train.LeNet(), SyntheticDataset.FourCorners)];
        metadata[1] = new(metadata[1].Key, text.Replace(from, to, StringComparison.Ordinal));
        using (FileStream stream = File.Create(folder["m.safetensors"]))
            SafetensorsWriter.Write(stream, metadata, [], _ => default);
        string error = Assert.Throws<FoveaException>(() => ModelFile.Load(folder["m.safetensors"])).Message;
        Assert.Contains(message, error);
        Assert.Contains("m.safetensors", error);
    }

    [Fact]
    public void ANewerFormatAndAForeignFileAreSaid()
    {
        using TempFolder folder = new();
        using (FileStream stream = File.Create(folder["new.safetensors"]))
            SafetensorsWriter.Write(stream, [new(ModelFile.FormatKey, "2")], [], _ => default);
        Assert.Contains("version 2", Assert.Throws<FoveaException>(() => ModelFile.Load(folder["new.safetensors"])).Message);
        using (FileStream stream = File.Create(folder["foreign.safetensors"]))
            SafetensorsWriter.Write(stream, [], [], _ => default);
        Assert.Contains("not written by this program", Assert.Throws<FoveaException>(() => ModelFile.Load(folder["foreign.safetensors"])).Message);
        Assert.Contains("no such file", Assert.Throws<FoveaException>(() => ModelFile.Load(folder["nowhere.safetensors"])).Message);
    }

    [Fact]
    public void ARunIsFoundByFileFolderAndName()
    {
        using TempFolder folder = new();
        RunSummary run = Train.Run(Train.Options(folder) with { Epochs = 1 }, SyntheticDataset.Splits(16, 8));
        string best = Path.Combine(run.Run, "checkpoints", "best.safetensors");
        Assert.Equal(best, RunPaths.FindModel(best, folder["runs"]));
        Assert.Equal(best, RunPaths.FindModel(run.Run, folder["runs"]));
        Assert.Equal(best, RunPaths.FindModel("lenet5-synthetic", folder["runs"]));
        string message = Assert.Throws<FoveaException>(() => RunPaths.FindModel("lenet5-synthetik", folder["runs"])).Message;
        Assert.Contains("Did you mean 'lenet5-synthetic'?", message);
        File.Delete(best);
        Assert.Contains("no best checkpoint yet", Assert.Throws<FoveaException>(() => RunPaths.FindModel(run.Run, folder["runs"])).Message);
    }

    private static byte[] Saved(TempFolder folder)
    {
        using ParameterSet parameters = Fresh(Train.LeNet());
        ModelFile.Save(folder["m.safetensors"], Train.LeNet(), SyntheticDataset.FourCorners, parameters);
        return File.ReadAllBytes(folder["m.safetensors"]);
    }

    private static ParameterSet Fresh(Architecture architecture)
    {
        ParameterSet parameters = ParameterSet.For(ModelZoo.Build(architecture));
        ModelSpec spec = ModelZoo.Find(architecture.Model);
        Initializers.Find("pytorch", spec).Apply(parameters, spec, 3);
        return parameters;
    }
}
