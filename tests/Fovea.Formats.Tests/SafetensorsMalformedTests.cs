using System.Buffers.Binary;
using System.Text;
using Fovea.Formats.Safetensors;

namespace Fovea.Formats.Tests;

public sealed class SafetensorsMalformedTests
{
    /// <summary>Header, bytes of data behind it, and what the message must say.</summary>
    public static readonly TheoryData<string, int, string> Headers = new()
    {
        { """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 7, "'a' ends at byte 8 of the data, but the file holds 7" },
        { """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 9, "1 bytes follow the last tensor" },
        { """{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", 8, "hold 8 bytes, its shape [3] of F32 needs 12" },
        { """{"a":{"dtype":"Q7","shape":[2],"data_offsets":[0,8]}}""", 8, "the dtype 'Q7', known are BOOL, U8" },
        { """{"a":{"dtype":7,"shape":[2],"data_offsets":[0,8]}}""", 8, "dtype of tensor 'a' is a JSON Number, expected String" },
        { """{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", 8, "shape holds something other than whole numbers" },
        { """{"a":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}}""", 8, "shape holds something other" },
        { """{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,8]}}""", 8, "shape holds something other" },
        { """{"a":{"dtype":"F32","shape":[[2]],"data_offsets":[0,8]}}""", 8, "shape holds something other" },
        { """{"a":{"dtype":"F32","shape":2,"data_offsets":[0,8]}}""", 8, "shape of tensor 'a' is a JSON Number, expected StartArray" },
        { """{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}}""", 8, "more than 2^63 bytes" },
        { """{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", 8, "begin <= end" },
        { """{"a":{"dtype":"F32","shape":[2],"data_offsets":[8]}}""", 8, "expected [begin, end]" },
        { """{"a":{"dtype":"F32","shape":[2],"data_offsets":[9223372036854775799,9223372036854775807]}}""", 8, "begins at byte 9223372036854775799 of the data, expected 0" },
        { """{"a":{"dtype":"F32","shape":[2305843009213693951],"data_offsets":[0,9223372036854775804]}}""", 8, "but the file holds 8" },
        { """{"a":{"dtype":"F32","shape":[2]}}""", 8, "'a' lacks data_offsets" },
        { """{"a":{"shape":[2],"data_offsets":[0,8]}}""", 8, "'a' lacks dtype" },
        { """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"size":8}}""", 8, "the unknown field 'size'" },
        { """{"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 8, "the field 'dtype' comes twice" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "the key 'a' comes twice" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"\u0061":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "the key 'a' comes twice" },
        { """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "'b' overlaps the tensor before it" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}""", 12, "'b' leaves a gap" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "'a' leaves a gap" },
        { """{"a\u001b[31m":7}""", 0, "a key of 6 characters, 'a?[31m': expected names of modules" },
        { $$$"""{"{{{new string('n', 1001)}}}":7}""", 0, "a key of 1001 characters" },
        { $$$"""{"a":{"dtype":"U8","shape":[{{{string.Join(",", Enumerable.Repeat(1, 65))}}}],"data_offsets":[0,1]}}""", 1, "shape holds more than 64 numbers" },
        { """{"a":7}""", 0, "tensor 'a' is a JSON Number, expected StartObject" },
        { """{"__metadata__":{"k":7}}""", 0, "the metadata value 'k' is a JSON Number, expected String" },
        { """{"__metadata__":{"k":"1","k":"2"}}""", 0, "the metadata key 'k' comes twice" },
        { """{"__metadata__":[]}""", 0, "'__metadata__' is a JSON StartArray" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}""", 4, "no valid JSON" },
        { """{}{}""", 0, "no valid JSON" },
        { """{"\ud800":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4, "no valid UTF-8" },
        { """[1,2,3]""", 0, "does not begin with '{' but with byte 0x5b" },
        { """ {}""", 0, "does not begin with '{'" },
    };

    [Theory]
    [MemberData(nameof(Headers))]
    public void AMalformedHeaderIsRefusedWithItsReason(string header, int dataBytes, string expected)
    {
        byte[] text = Encoding.UTF8.GetBytes(header);
        AssertRefused(Build((ulong)text.Length, [.. text, .. new byte[dataBytes]]), expected);
    }

    [Theory]
    [InlineData(1UL << 60, "1152921504606846976 bytes, at most 100000000")]
    [InlineData(ulong.MaxValue, "at most 100000000")]
    [InlineData(99_999_999UL, "99999999 bytes, but 2 follow")]
    [InlineData(3UL, "3 bytes, but 2 follow")]
    [InlineData(1UL, "1 bytes, but 2 follow")]
    [InlineData(0UL, "0 bytes, but 2 follow")]
    public void AFalseLengthIsRefusedAtOnceAndWithoutMemory(ulong length, string expected)
    {
        double start = ThreadTime.Seconds;
        long before = GC.GetAllocatedBytesForCurrentThread();
        AssertRefused(Build(length, "{}"u8), expected);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        Assert.InRange(ThreadTime.Seconds - start, 0, 1);
    }

    [Fact]
    public void EveryCutOfAFileIsRefused()
    {
        byte[] whole = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "formats.safetensors"));
        for (int length = 0; length < whole.Length; length++)
            AssertRefused(whole.AsSpan(0, length), "");
    }

    [Fact]
    public void WhatIsNoFileIsRefused()
    {
        string missing = Path.Combine(Path.GetTempPath(), $"fovea-{Guid.NewGuid():N}", "no.safetensors");
        Assert.Contains("there is no such file", Assert.Throws<WeightFileException>(() => SafetensorsFile.Open(missing)).Message, StringComparison.Ordinal);
        Assert.Contains("this is a folder", Assert.Throws<WeightFileException>(() => SafetensorsFile.Open(Path.GetTempPath())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AFileThatShrinksWhileItIsOpenIsNoticed()
    {
        using TemporaryFile file = TemporaryFile.With(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "formats.safetensors")));
        using SafetensorsFile open = SafetensorsFile.Open(file.Path);
        File.WriteAllBytes(file.Path, new byte[16]);
        var error = Assert.Throws<WeightFileException>(() => open.ReadFloat32("f32", new float[14]));
        Assert.Contains("inside tensor 'f32'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void MutatedFilesAreReadOrRefusedAndNothingElse()
    {
        byte[] whole = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "formats.safetensors"));
        int headerBytes = (int)BinaryPrimitives.ReadInt64LittleEndian(whole);
        byte[] tokens = "{}[],:\"0129-.eEtfnu\\ "u8.ToArray();
        var random = new Random(20120930);
        using var file = new TemporaryFile();
        int refused = 0;
        const int Rounds = 4000;
        for (int round = 0; round < Rounds; round++)
        {
            byte[] bytes = (byte[])whole.Clone();
            for (int change = random.Next(1, 4); change > 0; change--)
            {
                int at = random.Next(8) == 0 ? random.Next(8) : 8 + random.Next(headerBytes);
                bytes[at] = random.Next(2) == 0 ? tokens[random.Next(tokens.Length)] : (byte)random.Next(256);
            }
            File.WriteAllBytes(file.Path, bytes);
            try
            {
                using SafetensorsFile read = SafetensorsFile.Open(file.Path);
                foreach (TensorEntry tensor in read.Tensors)
                    read.Read(tensor.Name, new byte[tensor.ByteCount]);
            }
            catch (WeightFileException)
            {
                refused++;
            }
        }
        // Changes inside names and metadata are no damage that a reader can see; most others are.
        Assert.InRange(refused, Rounds / 2, Rounds - 1);
    }

    private static byte[] Build(ulong length, ReadOnlySpan<byte> rest)
    {
        byte[] bytes = new byte[8 + rest.Length];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, length);
        rest.CopyTo(bytes.AsSpan(8));
        return bytes;
    }

    private static void AssertRefused(ReadOnlySpan<byte> bytes, string expected)
    {
        using TemporaryFile file = TemporaryFile.With(bytes);
        var error = Assert.Throws<WeightFileException>(() => SafetensorsFile.Open(file.Path));
        Assert.StartsWith(file.Path, error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }
}
