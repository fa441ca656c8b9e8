using System.IO.Compression;
using System.Runtime.InteropServices;
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

    /// <summary>How versions of PyTorch from 0.1 to 2 write a tensor of the values 3 and 4 in a storage of 1 to 4.</summary>
    public static readonly TheoryData<string, object[]> Tensors = new()
    {
        { "_rebuild_tensor", ["ctorch._utils\n_rebuild_tensor\n", "(", Storage(Float, 4, "cuda:0"), Int(2), "(", Int(2), "t(", Int(1), "ttR"] },
        { "_rebuild_tensor on a part of a storage", ["ctorch._utils\n_rebuild_tensor\n", "(", Storage(Float, 4, "cpu", "(", Text("part"), Int(1), Int(3), "t"), Int(1), "(", Int(2), "t(", Int(1), "ttR"] },
        { "_rebuild_tensor_v2", Tensor("0", 4, 2, [2], [1]) },
        { "_rebuild_tensor_v2 of a GPU's storage", [Rebuild, "(", Storage("ctorch.cuda\nFloatStorage\n", 4, "cuda:1"), Int(2), "(", Int(2), "t(", Int(1), "t\u0089", OrderedDict, ")RtR"] },
        { "_rebuild_tensor_v3", ["ctorch._utils\n_rebuild_tensor_v3\n", "(", Storage("ctorch.storage\nUntypedStorage\n", 16, "cpu"), Int(2), "(", Int(2), "t(", Int(1), "t\u0089", OrderedDict, ")R", "ctorch\nfloat32\ntR"] },
        { "_rebuild_parameter", ["ctorch._utils\n_rebuild_parameter\n", "(", Tensor("0", 4, 2, [2], [1]), "\u0088", OrderedDict, ")RtR"] },
    };

    [Theory]
    [MemberData(nameof(Tensors))]
    public void EveryWayToRebuildATensorIsKnown(string way, object[] tensor)
    {
        using TemporaryFile file = TemporaryFile.With(Zip(Pickle(Dict("w", tensor)), ("data/0", MemoryMarshal.AsBytes<float>([1, 2, 3, 4]).ToArray())));
        using PyTorchFile read = PyTorchFile.Open(file.Path);
        float[] values = new float[2];
        read.ReadFloat32("w", values);
        Assert.Equal((way, 3f, 4f), (way, values[0], values[1]));
    }

    private static object[] Storage(string type, int count, string place, params object[] part) =>
        ["(", Text("storage"), type, Text("0"), Text(place), Int(count), .. part, "tQ"];

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
