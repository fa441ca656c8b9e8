using System.IO.Compression;
using Fovea.Formats.PyTorch;
using static Fovea.Formats.Tests.PthMaker;

namespace Fovea.Formats.Tests;

/// <summary>The shapes that checkpoints come in: which dictionary is the state dict, and what its keys are.</summary>
public sealed class StateDictTests
{
    private static readonly object[] One = Tensor("0", 2, 0, [2], [1]);

    [Theory]
    [InlineData("state_dict")]
    [InlineData("model_state_dict")]
    [InlineData("model")]
    [InlineData("net")]
    [InlineData("network")]
    [InlineData("weights")]
    [InlineData("what_i_called_it")]
    public void ACheckpointIsUnwrapped(string wrapper)
    {
        // Beside it what trainers save: an epoch's number and an optimizer's state, whose tensors have numbers for keys.
        object[] optimizer = ["}", Text("state"), "}", Int(0), "}", Text("momentum_buffer"), One, "sss"];
        Assert.Equal(["w"], Names("}", Text("epoch"), Int(3), "s", Text("optimizer"), optimizer, "s", Text(wrapper), Dict("w", One), "s"));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("module.", "")]
    [InlineData("_orig_mod.", "")]
    [InlineData("module._orig_mod.", "")]
    [InlineData("module.module.", "")]
    [InlineData("model.", "model.")]
    public void PrefixesThatAllKeysShareAreLeftOut(string prefix, string stays) =>
        Assert.Equal([$"{stays}a.weight", $"{stays}b.weight"], Names("}", Text(prefix + "a.weight"), One, "s", Text(prefix + "b.weight"), One, "s"));

    [Fact]
    public void APrefixThatOneKeyLacksStays() => Assert.Equal(["module.a", "b"], Names("}", Text("module.a"), One, "s", Text("b"), One, "s"));

    [Fact]
    public void TwoDictionariesOfTensorsAreNotChosenBetween()
    {
        string message = Refusal(Zip(Pickle("}", Text("generator"), Dict("w", One), "s", Text("ema"), Dict("w", One), "s"), ("data/0", new byte[8])));
        Assert.Contains("holds 2 dictionaries of tensors: 'generator', 'ema'", message, StringComparison.Ordinal);
        Assert.EndsWith("torch.save(ck[\"generator\"], \"weights.pth\")", message, StringComparison.Ordinal);
    }

    [Fact]
    public void ACheckpointWithOtherObjectsIsToldFromAWholeModule()
    {
        string module = Refusal(Zip(Pickle("cmine\nNet\n")));
        Assert.Contains("This is a whole saved module.", module, StringComparison.Ordinal);
        string checkpoint = Refusal(Zip(Pickle("}(", Text("args"), "cargparse\nNamespace\n")));
        Assert.Contains("This is a checkpoint with other objects beside the weights.", checkpoint, StringComparison.Ordinal);
        Assert.Contains("\n  sd = ck[\"state_dict\"]\n", checkpoint, StringComparison.Ordinal);
    }

    [Fact]
    public void OtherArchivesSayWhatToDo()
    {
        Assert.Contains("holds weights.pth, notes.txt: unpack it and import", Refusal(Zip(CompressionLevel.Optimal, ("weights.pth", [1]), ("notes.txt", [2]))), StringComparison.Ordinal);
        Assert.Contains("archive of NumPy arrays; these two lines", Refusal(Zip(CompressionLevel.NoCompression, ("a.npy", [1]), ("b.npy", [2]))), StringComparison.Ordinal);
        // A TorchScript archive's code is compressed; its weights lie beside it.
        byte[] script = Zip(CompressionLevel.Optimal, ("m/data.pkl", Pickle("}")), ("m/constants.pkl", Pickle(")")), ("m/code/net.py", new byte[1000]));
        Assert.Contains("torch.jit.load(", Refusal(script), StringComparison.Ordinal);
    }

    private static string[] Names(params object[] pickle)
    {
        using TemporaryFile file = TemporaryFile.With(Zip(Pickle(pickle), ("data/0", new byte[8])));
        using PyTorchFile read = PyTorchFile.Open(file.Path);
        return [.. read.Tensors.Select(tensor => tensor.Name)];
    }

    private static string Refusal(byte[] bytes)
    {
        using TemporaryFile file = TemporaryFile.With(bytes);
        return Assert.Throws<WeightFileException>(() => PyTorchFile.Open(file.Path)).Message;
    }
}
