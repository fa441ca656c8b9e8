using System.Text;
using Fovea.Formats.Weights;

namespace Fovea.Formats.Tests;

/// <summary>What people give instead of a file of weights: each is told by its first bytes, and the message says what to do.</summary>
public sealed class ForeignFormatTests
{
    /// <summary>First bytes as Latin-1, zeros behind them up to 600.</summary>
    public static readonly TheoryData<string, string> Heads = new()
    {
        { "\u0008\u0007\u0012\u0007pytorch\u001a\u00061.13.0", "looks like an ONNX model, which this version cannot read: save the weights where it came from" },
        { "\u000a\u0005LeNet\u0000", "looks like a Caffe or TensorFlow model" },
        { "\u0089HDF\r\n\u001a\n", "an HDF5 file, as Keras writes it" },
        { "\u0093NUMPY\u0001\u0000v\u0000", "a single NumPy array without a name" },
        { "\u001f\u008b\u0008\u0008", "a compressed file: unpack it" },
        { "BZh91AY", "a compressed file: unpack it" },
        { "\u00fd7zXZ\u0000", "a compressed file: unpack it" },
        { "\u0028\u00b5\u002f\u00fd", "a compressed file: unpack it" },
        { "\u0089PNG\r\n\u001a\n", "this is a picture" },
        { "\u00ff\u00d8\u00ff\u00e0", "this is a picture" },
        { "GGUF\u0003\u0000", "a GGUF file" },
        { "\u0001\u0002\u0003\u0004", "neither a safetensors file nor one of PyTorch's torch.save" },
    };

    [Theory]
    [MemberData(nameof(Heads))]
    public void BinaryFilesAreToldByTheirBeginning(string head, string expected) =>
        AssertRefused([.. Encoding.Latin1.GetBytes(head), .. new byte[600 - head.Length]], expected);

    [Theory]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 5\n", "run 'git lfs pull'")]
    [InlineData("  <!DOCTYPE html><html><body>404</body></html>", "a web page, not the file that it leads to: download the file itself")]
    [InlineData("These are my weights.\nTwo lines.\n", "this is text, not a file of weights: expected a state dict that torch.save wrote")]
    public void TextsAreToldByTheirBeginning(string text, string expected) => AssertRefused(Encoding.UTF8.GetBytes(text), expected);

    [Fact]
    public void ATarArchiveIsToldByItsMark()
    {
        byte[] tar = new byte[1024];
        Encoding.ASCII.GetBytes("weights.pth").CopyTo(tar, 0);
        Encoding.ASCII.GetBytes("ustar\u000000").CopyTo(tar, 257);
        AssertRefused(tar, "a tar archive: unpack it (tar -xf)");
    }

    [Fact]
    public void AnEmptyFileAndAShortOneAreSaid()
    {
        AssertRefused([], "the file is empty: copy or download it again");
        AssertRefused([1, 2, 3], "the file has 3 bytes, which is no file of weights");
    }

    [Fact]
    public void AFolderIsToldWhatItHolds()
    {
        string folder = Path.Combine(Path.GetTempPath(), $"fovea-{Guid.NewGuid():N}");
        Directory.CreateDirectory(folder);
        try
        {
            Assert.EndsWith("this is a folder, expected a file of weights", Refusal(folder), StringComparison.Ordinal);
            File.WriteAllBytes(Path.Combine(folder, "b.safetensors"), []);
            File.WriteAllBytes(Path.Combine(folder, "a.pth"), []);
            File.WriteAllBytes(Path.Combine(folder, "notes.txt"), []);
            Assert.EndsWith("expected a file of weights: it holds a.pth, b.safetensors", Refusal(folder), StringComparison.Ordinal);
            File.WriteAllBytes(Path.Combine(folder, "data.pkl"), []);
            Assert.Contains("looks like an unpacked file of torch.save", Refusal(folder), StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void AssertRefused(byte[] bytes, string expected)
    {
        using TemporaryFile file = TemporaryFile.With(bytes);
        Assert.Contains(expected, Refusal(file.Path), StringComparison.Ordinal);
    }

    private static string Refusal(string path)
    {
        string message = Assert.Throws<WeightFileException>(() => WeightFile.Open(path)).Message;
        Assert.StartsWith(path, message, StringComparison.Ordinal);
        return message;
    }
}
