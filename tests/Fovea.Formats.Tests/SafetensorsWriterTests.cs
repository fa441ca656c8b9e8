using System.Buffers.Binary;
using System.Text;
using Fovea.Formats.Safetensors;

namespace Fovea.Formats.Tests;

public sealed class SafetensorsWriterTests
{
    private static readonly TensorEntry[] TwoTensors =
        [new("b.weight", TensorType.Float32, 2, 3), new("a.bias", TensorType.Float32, 2)];

    private static readonly KeyValuePair<string, string>[] NoMetadata = [];

    [Fact]
    public void BytesAreWhatTheFormatSays()
    {
        using var stream = new MemoryStream();
        SafetensorsWriter.Write(stream, [new("zeta", "1"), new("alpha", "2")], TwoTensors, t => new float[t.ElementCount]);
        byte[] bytes = stream.ToArray();
        int length = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        string header = Encoding.UTF8.GetString(bytes, 8, length);
        Assert.Equal(
            """{"__metadata__":{"zeta":"1","alpha":"2"},"b.weight":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"a.bias":{"dtype":"F32","shape":[2],"data_offsets":[24,32]}}""",
            header.TrimEnd(' '));
        Assert.Equal(0, length % 8);
        Assert.Equal(8 + length + 32, bytes.Length);
    }

    [Fact]
    public void ValuesNamesAndMetadataComeBack()
    {
        string name = "quote\" slash\\ < é 日本", text = "\u0001{\"a\": [1, 2]}\n+&' 😀";
        float[] values = [1.5f, float.NaN, float.NegativeInfinity, -0f, float.Epsilon, 7f];
        using var file = new TemporaryFile();
        using (FileStream stream = File.Create(file.Path))
            SafetensorsWriter.Write(stream, [new(name, text)], [new TensorEntry(name, TensorType.Float32, 3, 1, 2)], _ => values);
        using SafetensorsFile read = SafetensorsFile.Open(file.Path);
        float[] got = new float[6];
        read.ReadFloat32(name, got);
        Assert.Equal(values.Select(BitConverter.SingleToInt32Bits), got.Select(BitConverter.SingleToInt32Bits));
        Assert.Equal(text, read.Metadata[name]);
        Assert.True(read.Tensors[0].Shape.SequenceEqual([3L, 1L, 2L]));
    }

    [Fact]
    public void PiecesGiveTheSameBytesAsTheWhole()
    {
        float[] values = [.. Enumerable.Range(0, 6).Select(i => (float)i)];
        using var whole = new MemoryStream();
        SafetensorsWriter.Write(whole, NoMetadata, TwoTensors, t => values.AsSpan(0, (int)t.ElementCount));
        using var pieces = new MemoryStream();
        var writer = new SafetensorsWriter(pieces, NoMetadata, TwoTensors);
        writer.WriteFloat32(values.AsSpan(0, 1));
        writer.WriteFloat32([]);
        writer.WriteFloat32(values.AsSpan(1, 5));
        writer.WriteFloat32(values.AsSpan(0, 2));
        writer.Complete();
        Assert.Equal(whole.ToArray(), pieces.ToArray());
    }

    [Fact]
    public void NoTensorsAndEmptyTensorsAreFiles()
    {
        using var file = new TemporaryFile();
        using (FileStream stream = File.Create(file.Path))
            new SafetensorsWriter(stream, NoMetadata, []).Complete();
        using (SafetensorsFile read = SafetensorsFile.Open(file.Path))
            Assert.Empty(read.Tensors);
        using (FileStream stream = File.Create(file.Path))
            SafetensorsWriter.Write(stream, NoMetadata, [new("x", TensorType.Float32, 0, 4), new("y", TensorType.Float32, 0)], _ => []);
        using (SafetensorsFile read = SafetensorsFile.Open(file.Path))
            Assert.Equal(["x", "y"], read.Tensors.Select(t => t.Name));
    }

    [Fact]
    public void MisuseIsRefused()
    {
        AssertError("'b.weight' of shape [2, 3] needs 6 values, got 5", () => SafetensorsWriter.Write(Stream.Null, NoMetadata, TwoTensors, _ => new float[5]));
        AssertError("'b.weight' has 4 of its 24 bytes", () => WriteFloats(TwoTensors, 1).Complete());
        AssertError("'b.weight' of shape [2, 3] takes 24 more bytes, 28 were given", () => WriteFloats(TwoTensors, 7));
        AssertError("4 more bytes were given after the last of 2 tensors", () => WriteFloats(TwoTensors, 6, 2, 1));
        AssertError("'h' is F16, float32 values were given", () => WriteFloats([new("h", TensorType.Float16, 2)], 1));
        AssertError("the tensor 'x' is given twice", () => WriteFloats([new("x", TensorType.Float32, 1), new("x", TensorType.Float32, 1)]));
        AssertError("'__metadata__'", () => _ = new TensorEntry("__metadata__", TensorType.Float32, 1));
        AssertError("[3, -1]", () => _ = new TensorEntry("x", TensorType.Float32, 3, -1));
        AssertError("2^63", () => _ = new TensorEntry("x", TensorType.Float32, 1L << 31, 1L << 31));
        AssertError("the metadata key 'k' is given twice", () => _ = new SafetensorsWriter(Stream.Null, [new("k", "1"), new("k", "2")], []));
    }

    [Fact]
    public void ALargeFileNeedsNoSecondCopy()
    {
        // 64 MB through one 4 MB span; reading back into the same span. The bound leaves room for buffers, not for a copy.
        float[] values = new float[1 << 20];
        values[^1] = 3f;
        TensorEntry[] tensors = [.. Enumerable.Range(0, 16).Select(i => new TensorEntry($"t{i}", TensorType.Float32, values.Length))];
        using var file = new TemporaryFile();
        long before = GC.GetAllocatedBytesForCurrentThread();
        using (FileStream stream = File.Create(file.Path))
            SafetensorsWriter.Write(stream, NoMetadata, tensors, _ => values);
        values[^1] = 0f;
        using (SafetensorsFile read = SafetensorsFile.Open(file.Path))
            read.ReadFloat32("t15", values);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        Assert.Equal(3f, values[^1]);
    }

    private static SafetensorsWriter WriteFloats(TensorEntry[] tensors, params int[] counts)
    {
        var writer = new SafetensorsWriter(Stream.Null, NoMetadata, tensors);
        foreach (int count in counts)
            writer.WriteFloat32(new float[count]);
        return writer;
    }

    private static void AssertError(string expected, Action action) =>
        Assert.Contains(expected, Assert.Throws<WeightFileException>(action).Message, StringComparison.Ordinal);
}
