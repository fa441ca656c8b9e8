using System.Buffers.Binary;
using System.Text;
using Fovea.Formats.Weights;
using static Fovea.Formats.Tests.PthMaker;

namespace Fovea.Formats.Tests;

/// <summary>Bad files cost no more than a second and four times their size. Everything that is allocated counts here, also what is soon free again.</summary>
public sealed class MemoryTests
{
    private const int Size = 4 << 20;

    /// <summary>Headers of 4 MB that make as much as they can of each byte.</summary>
    [Theory]
    [InlineData("names")]
    [InlineData("shape")]
    [InlineData("metadata")]
    [InlineData("escapes")]
    [InlineData("fields")]
    public void AHeaderThatUsesUpMemoryIsRefusedWithinItsBounds(string kind)
    {
        StringBuilder text = new("{");
        if (kind == "names")
        {
            for (int i = 0; text.Length < Size - 100; i++)
                text.Append(i == 0 ? "" : ",").Append('"').Append(i.ToString("x")).Append("\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}");
            text.Append('}');
        }
        else if (kind == "shape")
            text.Append("\"w\":{\"dtype\":\"U8\",\"shape\":[").Append("1,".AsSpan()).Insert(text.Length, "1,", (Size / 2) - 40).Append("1],\"data_offsets\":[0,1]}}");
        else if (kind == "metadata")
        {
            text.Append("\"__metadata__\":{");
            for (int i = 0; text.Length < Size - 100; i++)
                text.Append(i == 0 ? "" : ",").Append('"').Append(i.ToString("x")).Append("\":\"\"");
            text.Append("},\"\":1}");
        }
        else if (kind == "escapes")
            text.Append('"').Insert(text.Length, "\\u0041", Size / 6).Append("\":1}");
        else
            text.Append("\"w\":{").Insert(text.Length, "\"dtype\":\"U8\",", Size / 13).Append("\"dtype\":\"U8\"}}");
        byte[] file = new byte[8 + text.Length];
        BinaryPrimitives.WriteInt64LittleEndian(file, text.Length);
        Encoding.ASCII.GetBytes(text.ToString(), file.AsSpan(8));
        AssertRefusedCheaply(file, 4L * Size);
    }

    /// <summary>Sizes and lengths that lie cost nothing: less than a tenth of a megabyte, where four times the file would be less.</summary>
    [Fact]
    public void NumbersThatLieCostNothing()
    {
        const long Little = 100_000;
        byte[] header = [0, 0, 0, 0, 0, 0, 0, 0x10, .. "{}"u8];
        AssertRefusedCheaply(header, Little);
        AssertRefusedCheaply(Zip(Pickle(Dict("w", Tensor("0", int.MaxValue, 0, [int.MaxValue], [1]))), ("data/0", new byte[4])), Little);
        AssertRefusedCheaply(Zip(Pickle("X\u00ff\u00ff\u00ff\u007f")), Little);
        AssertRefusedCheaply(Zip(Pickle("\u008d\0\0\0\0\0\0\0\u0010")), Little);
        byte[] zip = Zip(Pickle("}"));
        BinaryPrimitives.WriteUInt16LittleEndian(zip.AsSpan(zip.Length - 12), ushort.MaxValue - 1);
        AssertRefusedCheaply(zip, Little);
    }

    /// <summary>Reading converts in small pieces: half and double precision cost no second copy of the tensor.</summary>
    [Theory]
    [InlineData("HalfStorage", 2)]
    [InlineData("BFloat16Storage", 2)]
    [InlineData("DoubleStorage", 8)]
    public void ConvertingCostsAPiece(string storage, int bytes)
    {
        const int Count = 1 << 20;
        object[] tensor = Tensor("0", Count, 0, [Count], [1]);
        tensor[Array.IndexOf(tensor, Float)] = $"ctorch\n{storage}\n";
        using TemporaryFile file = TemporaryFile.With(Zip(Pickle(Dict("w", tensor)), ("data/0", new byte[Count * bytes])));
        float[] values = new float[Count];
        Array.Fill(values, 1f);
        long before = GC.GetAllocatedBytesForCurrentThread();
        using WeightFile weights = WeightFile.Open(file.Path);
        weights.ReadFloat32("w", values);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 300_000);
        Assert.DoesNotContain(1f, values);
    }

    private static void AssertRefusedCheaply(byte[] bytes, long most)
    {
        using TemporaryFile file = TemporaryFile.With(bytes);
        double start = ThreadTime.Seconds;
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<WeightFileException>(() => WeightFile.Open(file.Path));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, most);
        Assert.InRange(ThreadTime.Seconds - start, 0, 1);
    }
}
