using System.IO.Compression;
using System.Text;
using Fovea.Formats.PyTorch;
using static Fovea.Formats.Tests.PthMaker;

namespace Fovea.Formats.Tests;

public sealed class PyTorchMalformedTests
{
    /// <summary>A pickle's instructions, and what the message must say.</summary>
    public static readonly TheoryData<string, string> Pickles = new()
    {
        { "cos\nsystem\n(X\u0002\0\0\0idtR", "'os.system', which could run any program; nothing was run" },
        { "cposix\nsystem\n", "'posix.system', which could run any program" },
        { "cbuiltins\neval\n", "'builtins.eval', which could run any program" },
        { "X\u0002\0\0\0osX\u0006\0\0\0system\u0093", "'os.system', which could run any program" },
        { "ctorch.hub\nload\n", "'torch.hub.load', which is no tensor; nothing was run" },
        { "cnumpy.core.multiarray\n_reconstruct\n", "'numpy.core.multiarray._reconstruct', which is no tensor" },
        { "cmine\u001b[31m\nNet\n", "'mine?[31m.Net'" },
        { "ctorch.nn.modules.linear\nLinear\n)\u0081", ".state_dict()\n  torch.save(sd, " },
        { "(X\u0006\0\0\0moduleNNNtQ", "a whole saved module with its source code" },
        { "ios\nsystem\n", "the pickle instruction 'i', which no file of weights uses" },
        { "ccollections\nOrderedDict\n)\u0081", "the pickle instruction 0x81" },
        { "\u0082\u0001", "the pickle instruction 0x82" },
        { "K\u0001)R", "calls something that is no known function" },
        { "ccollections\nOrderedDict\nK\u0001R", "calls a function without a tuple" },
        { "ccollections\nOrderedDict\nK\u0001\u0085R", "an OrderedDict of something other than a list of pairs" },
        { "ccollections\nOrderedDict\n(]K\u0001atR", "an OrderedDict of something other than a list of pairs" },
        { "ctorch._utils\n_rebuild_tensor_v2\n)R", "calls RebuildTensor2 with 0 arguments" },
        { "ctorch._utils\n_rebuild_parameter\nK\u0001\u0085R", "calls RebuildParameter with 1 arguments" },
        { "ctorch\nFloatStorage\nQ", "names a storage in a way that is not known" },
        { "K\u0001}b", "sets the state of something other than a dictionary" },
        { "0", "takes a value where there is none" },
        { "(K\u0001\u0086", "takes a value where there is none" },
        { "t", "closes what it never opened" },
        { "h\u0005", "refers to its value 5, which it never made" },
        { "}K\u0001a", "appends to something other than a list" },
        { "]K\u0001K\u0002s", "sets the items of something other than a dictionary" },
        { "}(K\u0001u", "a dictionary key that has no value" },
        { "X\u00ff\u00ff\u00ff\u00ff", "needs 4294967295 bytes" },
        { "\u008d\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff", "needs -1 bytes" },
        { "\u008d\0\0\0\0\0\0\0\u0010", "needs 1152921504606846976 bytes" },
        { "X\u0001\0\0\0\u00ff", "no valid UTF-8" },
        { "\u008a\u0011", "a whole number of 17 bytes" },
        { "K\u0001", "holds no dictionary of tensors by name" },
        { "}", "holds no tensors by name" },
        { "}X\u000a\0\0\0state_dict}X\u000a\0\0\0state_dict}X\u000a\0\0\0state_dict}X\u000a\0\0\0state_dict}ssss", "wrap one another too deeply" },
        { "}ccollections\nOrderedDict\n)RX\u0005\0\0\0modelK\u0001s", "holds no" },
        { "}q\0X\u0005\0\0\0modelh\0s", "wrap one another too deeply" },
    };

    [Theory]
    [MemberData(nameof(Pickles))]
    public void APickleThatIsMoreOrLessThanTensorsIsRefused(string instructions, string expected) =>
        AssertRefused(Zip(Pickle(instructions)), expected);

    [Theory]
    [InlineData(0, "points outside its storage '0': its last element is number 4, the storage has 4", 1, 4, 1)]
    [InlineData(0, "points outside its storage '0': its last element is number 2147483647", 0, 2, int.MaxValue)]
    [InlineData(0, "size [2147483647], strides [1] and offset -1", -1, int.MaxValue, 1)]
    [InlineData(0, "size [-4]", 0, -4, 1)]
    [InlineData(0, "strides [-1]", 3, 4, -1)]
    [InlineData(8, "needs 16 bytes, the archive holds 8 of it", 0, 4, 1)]
    public void ATensorOutsideItsStorageIsRefused(int bytes, string expected, int offset, int size, int stride) =>
        AssertRefused(Zip(Pickle(Dict("w", Tensor("0", 4, offset, [size], [stride]))), ("data/0", new byte[bytes == 0 ? 16 : bytes])), expected);

    [Fact]
    public void ATensorOfMoreThanAllMemoryIsRefusedOrCostsNothing()
    {
        object[] huge = Tensor("0", 1, 0, [int.MaxValue, int.MaxValue, int.MaxValue, int.MaxValue], [0, 0, 0, 0]);
        AssertRefused(Zip(Pickle(Dict("w", huge)), ("data/0", new byte[4])), "more than 2^63 bytes");
        using TemporaryFile file = TemporaryFile.With(Zip(Pickle(Dict("w", Tensor("0", 1, 0, [int.MaxValue, 1000], [0, 0]))), ("data/0", new byte[4])));
        using PyTorchFile expanded = PyTorchFile.Open(file.Path);
        Assert.Equal(int.MaxValue * 1000L, expanded.Tensors[0].ElementCount);
    }

    [Fact]
    public void DuplicatesAreRefused()
    {
        object[] tensor = Tensor("0", 1, 0, [1], [1]);
        byte[] twice = Pickle("}", Text("w"), tensor, "s", Text("w"), tensor, "s");
        AssertRefused(Zip(twice, ("data/0", new byte[4])), "the tensor 'w' twice");
        byte[] once = Pickle(Dict("w", tensor));
        AssertRefused(Zip(once, ("data/0", new byte[4]), ("data/0", new byte[4])), "the entry 'archive/data/0' twice");
        AssertRefused(Zip(CompressionLevel.NoCompression, ("a/data.pkl", once), ("b/data.pkl", once)), "holds 2 data.pkl");
        byte[] sizes = Pickle("}", Text("v"), tensor, "s", Text("w"), Tensor("0", 2, 0, [1], [1]), "s");
        AssertRefused(Zip(sizes, ("data/0", new byte[8])), "the storage '0' twice, with 1 and 2 elements");
    }

    [Fact]
    public void ArchivesThatAreNotTorchSavesAreRefused()
    {
        byte[] pickle = Pickle(Dict("w", Tensor("0", 1, 0, [1], [1])));
        AssertRefused(Zip(CompressionLevel.Optimal, ("archive/data.pkl", [.. pickle, .. new byte[100_000]])), "is compressed, and torch.save stores");
        AssertRefused(Zip(CompressionLevel.NoCompression, ("archive/other", pickle)), "holds no data.pkl");
        AssertRefused(Zip(CompressionLevel.NoCompression, ("../../data.pkl", pickle)), "holds no data.pkl");
        AssertRefused(Zip(pickle), "lacks the entry 'archive/data/0'");
        AssertRefused(Zip(pickle, ("data/0", new byte[4]), ("constants.pkl", pickle)), "torch.jit.load(");
        AssertRefused(Zip(pickle, ("data/0", new byte[4]), ("byteorder", "big"u8.ToArray())), "big-endian");
        // A key is only ever compared with names in the archive; what it says of folders means nothing.
        byte[] path = Pickle(Dict("w", Tensor("../../../etc/passwd", 1, 0, [1], [1])));
        AssertRefused(Zip(path), "lacks the entry 'archive/data/../../../etc/passwd'");
    }

    [Theory]
    [InlineData("\u0080\u0002K\u0001.", "not as torch.save's")]
    [InlineData("\u0080\u0002\u008a\nl\u00fc\u009c\u0046\u00f9 j\u00a8P\u0019.\u0080\u0002K\u0007.", "another version of torch.save's format")]
    [InlineData("\u0080\u0002\u008a\nl\u00fc\u009c\u0046\u00f9 j\u00a8P\u0019.\u0080\u0002M\u00e9\u0003.\u0080\u0002}.", "do not say little_endian")]
    [InlineData("\u0080\u0001K\u0001.", "a pickle of protocol 1")]
    [InlineData("\u0080\u0002cos\nsystem\n.", "'os.system', which could run any program")]
    [InlineData("neither a file of this nor of that", "as no file of torch.save does")]
    [InlineData("P", "1 bytes: it is cut short")]
    public void LegacyHeadersThatDoNotFitAreRefused(string content, string expected) => AssertRefused(Encoding.Latin1.GetBytes(content), expected);

    /// <summary>Instructions of a byte or a few that each make an object, over and over; the pickle has 4 MB of them.</summary>
    [Theory]
    [InlineData("]")]
    [InlineData("}")]
    [InlineData("N")]
    [InlineData("(")]
    [InlineData("]\u0094")]
    [InlineData("K\u0001\u0085")]
    [InlineData(")]}\u0094")]
    [InlineData("]2a")]
    [InlineData("G\0\0\0\0\0\0\0\0")]
    [InlineData("U\0")]
    [InlineData("ccollections\nOrderedDict\n)R")]
    [InlineData("(NNNNNNNNt")]
    public void AFileThatUsesUpMemoryIsRefusedInTimeAndWithinItsBounds(string instructions)
    {
        const int Size = 4 << 20;
        byte[] unit = Encoding.Latin1.GetBytes(instructions);
        byte[] bomb = [.. Enumerable.Range(0, Size / unit.Length).SelectMany(_ => unit)];
        using TemporaryFile file = TemporaryFile.With(Zip(Pickle(bomb)));
        double start = ThreadTime.Seconds;
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<WeightFileException>(() => PyTorchFile.Open(file.Path));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4L * Size);
        Assert.InRange(ThreadTime.Seconds - start, 0, 1);
    }

    [Fact]
    public void AListUsedAgainAndAgainIsCountedEachTime()
    {
        // A list of 1000 pairs, made a dictionary of 100,000 times from three bytes each.
        object[] list = ["]q\0(", .. Enumerable.Repeat((object)"NN\u0086", 1000), "e0"];
        byte[] again = [.. Enumerable.Range(0, 100_000).SelectMany(_ => Encoding.Latin1.GetBytes("h\u0001h\0\u0085R0"))];
        using TemporaryFile file = TemporaryFile.With(Zip(Pickle(OrderedDict, "q\u0001", list, again)));
        double start = ThreadTime.Seconds;
        var error = Assert.Throws<WeightFileException>(() => PyTorchFile.Open(file.Path));
        Assert.Contains("made to use up memory", error.Message, StringComparison.Ordinal);
        Assert.InRange(ThreadTime.Seconds - start, 0, 1);
    }

    [Theory]
    [InlineData("zip.pth")]
    [InlineData("legacy.pth")]
    public void EveryCutOfAFileIsRefused(string name)
    {
        byte[] whole = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "pth", name));
        using var file = new TemporaryFile();
        for (int length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(file.Path, whole.AsSpan(0, length));
            Assert.Throws<WeightFileException>(() => PyTorchFile.Open(file.Path));
        }
    }

    private static void AssertRefused(byte[] bytes, string expected)
    {
        using TemporaryFile file = TemporaryFile.With(bytes);
        var error = Assert.Throws<WeightFileException>(() => PyTorchFile.Open(file.Path));
        Assert.StartsWith(file.Path, error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }
}
