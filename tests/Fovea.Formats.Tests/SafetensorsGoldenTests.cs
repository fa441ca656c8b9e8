using System.Runtime.InteropServices;
using Fovea.Formats.Safetensors;

namespace Fovea.Formats.Tests;

/// <summary>A file that another implementation wrote: tests/goldens/formats.py.</summary>
public sealed class SafetensorsGoldenTests
{
    private static readonly string Golden = Path.Combine(AppContext.BaseDirectory, "formats.safetensors");

    private static readonly float[] Values =
        [0f, -0f, 1f, -1.5f, 0.333251953125f, 65504f, 6.103515625e-05f, 5.960464477539063e-08f, float.PositiveInfinity, float.NegativeInfinity];

    [Fact]
    public void HeaderIsRead()
    {
        using SafetensorsFile file = SafetensorsFile.Open(Golden);
        Assert.Equal(["f64", "i64", "f32", "scalar", "empty", "i32", "f16", "bf16", "u8"], file.Tensors.Select(t => t.Name));
        Assert.Equal("pt", file.Metadata["format"]);
        Assert.Equal(2, file.Metadata.Count);
        Assert.Equal("[2, 7]", file.Find("f32")!.ShapeText);
        Assert.Equal(TensorType.BFloat16, file.Find("bf16")!.Type);
        Assert.Empty(file.Find("scalar")!.Shape);
        Assert.Equal(1, file.Find("scalar")!.ElementCount);
        Assert.Equal(0, file.Find("empty")!.ByteCount);
        Assert.Null(file.Find("nothing"));
    }

    [Fact]
    public void EveryFloatingTypeReadsAsFloat32()
    {
        using SafetensorsFile file = SafetensorsFile.Open(Golden);
        AssertBits([.. Values, float.MaxValue, float.Epsilon, float.NaN, 0.1f], ReadFloats(file, "f32"));
        AssertBits(Values, ReadFloats(file, "f16"));
        AssertBits([0f, 1f, -2.5f, 3.3895313892515355e38f, float.PositiveInfinity, 9.183549615799121e-41f], ReadFloats(file, "bf16"));
        AssertBits([0.1f, float.NegativeInfinity, 1f / 3f, 16777216f], ReadFloats(file, "f64"));
        AssertBits([42f], ReadFloats(file, "scalar"));
        Assert.Empty(ReadFloats(file, "empty"));
    }

    [Fact]
    public void APartReadsAsThatPartOfTheWhole()
    {
        using SafetensorsFile file = SafetensorsFile.Open(Golden);
        foreach (string name in new[] { "f32", "f16", "f64" })
        {
            float[] whole = ReadFloats(file, name);
            float[] part = new float[2];
            file.ReadFloat32(name, 2, part);
            AssertBits(whole[2..4], part);
        }
    }

    [Fact]
    public void IntegersAreReadRawAndRefusedAsFloats()
    {
        using SafetensorsFile file = SafetensorsFile.Open(Golden);
        long[] values = new long[2];
        file.Read("i64", MemoryMarshal.AsBytes(values.AsSpan()));
        Assert.Equal([-1, 1L << 62], values);
        byte[] bytes = new byte[3];
        file.Read("u8", bytes);
        Assert.Equal([0, 127, 255], bytes);
        var error = Assert.Throws<WeightFileException>(() => file.ReadFloat32("i32", new float[2]));
        Assert.Contains("'i32' is I32, expected F32, F16, BF16 or F64", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void RewritingItGivesTheSameBytes()
    {
        using SafetensorsFile file = SafetensorsFile.Open(Golden);
        using var stream = new MemoryStream();
        var writer = new SafetensorsWriter(stream, file.Metadata, file.Tensors);
        foreach (TensorEntry tensor in file.Tensors)
        {
            byte[] bytes = new byte[tensor.ByteCount];
            file.Read(tensor.Name, bytes);
            writer.Write(bytes);
        }
        writer.Complete();
        Assert.Equal(File.ReadAllBytes(Golden), stream.ToArray());
    }

    [Fact]
    public void TheOpGoldensAreSound()
    {
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(AppContext.BaseDirectory, "ops.safetensors"));
        foreach (TensorEntry tensor in file.Tensors.Where(t => t.Type == TensorType.Float32))
            Assert.All(ReadFloats(file, tensor.Name), v => Assert.True(float.IsFinite(v), tensor.Name));
        foreach ((string name, string bound) in file.Metadata)
        {
            Assert.NotNull(file.Find(name));
            Assert.InRange(double.Parse(bound), 0, 0.01);
        }
        Assert.NotEmpty(file.Metadata);
    }

    [Fact]
    public void WrongRequestsSayWhatWasExpected()
    {
        using SafetensorsFile file = SafetensorsFile.Open(Golden);
        AssertError("no tensor 'nothing' among the file's 9", () => file.ReadFloat32("nothing", new float[1]));
        AssertError("'f32' of shape [2, 7] has 14 elements, the destination 3", () => file.ReadFloat32("f32", new float[3]));
        AssertError("'u8' has 3 bytes, the destination 4", () => file.Read("u8", new byte[4]));
        AssertError("elements 13 to 14 are outside tensor 'f32' of 14", () => file.ReadFloat32("f32", 13, new float[2]));
        AssertError("elements -1 to 0 are outside", () => file.ReadFloat32("f32", -1, new float[2]));
    }

    private static void AssertError(string expected, Action action)
    {
        var error = Assert.Throws<WeightFileException>(action);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.StartsWith(Golden, error.Message, StringComparison.Ordinal);
    }

    private static float[] ReadFloats(SafetensorsFile file, string name)
    {
        float[] values = new float[file.Find(name)!.ElementCount];
        file.ReadFloat32(name, values);
        return values;
    }

    private static void AssertBits(float[] expected, float[] actual) =>
        Assert.Equal(expected.Select(v => float.IsNaN(v) ? "NaN" : $"{BitConverter.SingleToInt32Bits(v):x8}"),
            actual.Select(v => float.IsNaN(v) ? "NaN" : $"{BitConverter.SingleToInt32Bits(v):x8}"));
}
