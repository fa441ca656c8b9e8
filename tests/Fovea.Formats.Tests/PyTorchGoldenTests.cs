using Fovea.Formats.PyTorch;
using Fovea.Formats.Safetensors;
using Fovea.Formats.Weights;

namespace Fovea.Formats.Tests;

/// <summary>Files that PyTorch 1.13 wrote: tests/goldens/make_pth.py.</summary>
public sealed class PyTorchGoldenTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "pth");

    [Theory]
    [InlineData("zip.pth")]
    [InlineData("legacy.pth")]
    [InlineData("protocol4.pth")]
    [InlineData("wrapped-zip.pth")]
    [InlineData("wrapped-legacy.pth")]
    public void EveryTensorReadsAsPyTorchHasIt(string name)
    {
        using WeightFile file = WeightFile.Open(Path.Combine(Folder, name));
        using SafetensorsFile expected = SafetensorsFile.Open(Path.Combine(Folder, "expected.safetensors"));
        Assert.Equal("PyTorch", file.Format);
        Assert.Equal(expected.Tensors.Select(t => $"{t.Name} {t.ShapeText}"), file.Tensors.Select(t => $"{t.Name} {t.ShapeText}"));
        foreach (TensorEntry tensor in expected.Tensors.Where(t => t.Type == TensorType.Float32))
        {
            float[] wanted = new float[tensor.ElementCount], got = new float[tensor.ElementCount];
            expected.ReadFloat32(tensor.Name, wanted);
            file.ReadFloat32(tensor.Name, got);
            Assert.Equal(wanted.Select(BitConverter.SingleToInt32Bits), got.Select(BitConverter.SingleToInt32Bits));
        }
        Assert.Equal(123456789012, file.ReadInt64("bn.num_batches_tracked"));
    }

    [Fact]
    public void TypesAreThoseOfTheFile()
    {
        using PyTorchFile file = PyTorchFile.Open(Path.Combine(Folder, "zip.pth"));
        Dictionary<string, TensorType> types = file.Tensors.ToDictionary(t => t.Name, t => t.Type);
        Assert.Equal(TensorType.Float64, types["double"]);
        Assert.Equal(TensorType.Float16, types["half"]);
        Assert.Equal(TensorType.BFloat16, types["bfloat16"]);
        Assert.Equal(TensorType.Int64, types["bn.num_batches_tracked"]);
    }

    [Fact]
    public void BothKindsOfFileAreToldApartByContent()
    {
        using WeightFile safetensors = WeightFile.Open(Path.Combine(Folder, "expected.safetensors"));
        Assert.Equal("safetensors", safetensors.Format);
        // A header of 640 bytes begins with the two bytes of a pickle.
        using TemporaryFile file = TemporaryFile.With([0x80, 2, 0, 0, 0, 0, 0, 0, .. "{}"u8, .. Enumerable.Repeat((byte)' ', 638)]);
        using WeightFile empty = WeightFile.Open(file.Path);
        Assert.Equal("safetensors", empty.Format);
        Assert.Empty(empty.Tensors);
    }

    [Fact]
    public void ValuesThatAreNotFiniteAreCountedAndRefused()
    {
        using WeightFile file = WeightFile.Open(Path.Combine(Folder, "nan.pth"));
        var error = Assert.Throws<WeightFileException>(() => file.ReadFloat32("w", new float[3]));
        Assert.Contains("tensor 'w' has 2 values of 3 that are not finite", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AWholeModuleIsRefusedWithTheLinesThatConvertIt()
    {
        string path = Path.Combine(Folder, "module-zip.pth");
        var error = Assert.Throws<WeightFileException>(() => PyTorchFile.Open(path));
        Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
        Assert.Contains("'torch.nn.modules.container.Sequential'", error.Message, StringComparison.Ordinal);
        Assert.Contains("sd = torch.load(\"module-zip.pth\", map_location=\"cpu\", weights_only=False).state_dict()\n  torch.save(sd, ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WrongRequestsSayWhatWasExpected()
    {
        using PyTorchFile file = PyTorchFile.Open(Path.Combine(Folder, "zip.pth"));
        AssertError("no tensor 'nothing' among the file's 15", () => file.ReadFloat32("nothing", new float[1]));
        AssertError("'strided' of shape [2, 2, 2] has 8 elements, the destination 3", () => file.ReadFloat32("strided", new float[3]));
        AssertError("is I64, expected F32", () => file.ReadFloat32("bn.num_batches_tracked", new float[1]));
        AssertError("'half' has 4 bytes, the destination 8", () => file.Read("half", new byte[8]));
    }

    private static void AssertError(string expected, Action action) =>
        Assert.Contains(expected, Assert.Throws<WeightFileException>(action).Message, StringComparison.Ordinal);
}
