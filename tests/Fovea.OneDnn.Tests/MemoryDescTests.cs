namespace Fovea.OneDnn.Tests;

public class MemoryDescTests
{
    [SkippableFact]
    public void TagsReadAsOneDnnPrintsThem()
    {
        using Rig rig = new();
        Assert.Equal("abcd", Tag(rig, FormatTag.Nchw));
        Assert.Equal("acdb", Tag(rig, FormatTag.Nhwc));
        Assert.Equal("aBcd16b", Tag(rig, FormatTag.NChw16c));
        Assert.Equal("aBcd8b", Tag(rig, FormatTag.NChw8c));
        Assert.Equal("cdba", Tag(rig, FormatTag.Hwio));
        Assert.Equal("abdec", rig.Api.Plain([2, 8, 4, 3, 3], DataType.F32, FormatTag.Gohwi).Tag);
        Assert.Equal("ba", rig.Api.Plain([3, 5], DataType.F32, FormatTag.Cn).Tag);
        Assert.Equal("any", rig.Api.Any([3, 5], DataType.F32).Tag);
        Assert.Equal("f32 4x19x5x7 aBcd16b", rig.Api.Plain([4, 19, 5, 7], DataType.F32, FormatTag.NChw16c).ToString());
    }

    [SkippableFact]
    public void SizesCountPaddingAndType()
    {
        using Rig rig = new();
        MemoryDesc blocked = rig.Api.Plain([4, 19, 5, 7], DataType.F32, FormatTag.NChw16c);
        Assert.Equal(4 * 32 * 5 * 7 * 4, blocked.ByteSize);
        Assert.Equal(4 * 19 * 5 * 7, blocked.ElementCount);
        Assert.Equal([4, 19, 5, 7], blocked.Dims.ToArray());
        foreach (DataType type in Enum.GetValues<DataType>())
        {
            MemoryDesc desc = rig.Api.Plain([3, 5], type, FormatTag.Nc);
            Assert.Equal(type, desc.DataType);
            Assert.Equal(15 * type.ByteSize(), desc.ByteSize);
        }

        Assert.Equal(0, rig.Api.Any([3, 5], DataType.F32).ByteSize);
        Assert.True(rig.Api.Any([3, 5], DataType.F32).IsAny);
        Assert.False(blocked.IsAny);
    }

    [SkippableFact]
    public void PlainIsExactlyTheNamedLayout()
    {
        using Rig rig = new();
        MemoryDesc desc = rig.Api.Plain([4, 19, 5, 7], DataType.F32, FormatTag.Nhwc);
        Assert.True(desc.IsPlain(FormatTag.Nhwc));
        Assert.False(desc.IsPlain(FormatTag.Nchw));
        Assert.False(desc.IsPlain(FormatTag.Goihw));
        Assert.False(rig.Api.Any([4, 19, 5, 7], DataType.F32).IsPlain(FormatTag.Nchw));
        // A row of a wider matrix is in natural order, but not dense.
        Assert.False(rig.Api.Strided([4, 5], DataType.F32, [9, 1]).IsPlain(FormatTag.Nc));
    }

    [SkippableFact]
    public void EqualityIsOfTheBytesDescribed()
    {
        using Rig rig = new();
        MemoryDesc a = rig.Api.Plain([4, 6], DataType.F32, FormatTag.Nc), b = rig.Api.Strided([4, 6], DataType.F32, [6, 1]);
        Assert.Equal(a, b);
        Assert.Equal(a.GetHashCode(), b.GetHashCode());
        Assert.NotEqual(a, rig.Api.Plain([4, 6], DataType.F32, FormatTag.Cn));
        Assert.NotEqual(a, rig.Api.Plain([4, 6], DataType.S32, FormatTag.Nc));
        Assert.False(a.Equals(null));
        // One channel: nchw and nhwc are the same bytes.
        Assert.Equal(rig.Api.Plain([2, 1, 3, 5], DataType.F32, FormatTag.Nchw), rig.Api.Plain([2, 1, 3, 5], DataType.F32, FormatTag.Nhwc));
    }

    [SkippableFact]
    public void ReshapeKeepsTheBytes()
    {
        using Rig rig = new();
        MemoryDesc desc = rig.Natural(4, 6, 5, 7);
        Assert.Equal(rig.Natural(4, 210), desc.Reshape(4, 210));
        OneDnnException error = Assert.Throws<OneDnnException>(() => desc.Reshape(4, 211));
        Assert.Contains("4x6x5x7", error.Message, StringComparison.Ordinal);
        Assert.Contains("4x211", error.Message, StringComparison.Ordinal);
        Assert.Throws<OneDnnException>(() => rig.Api.Plain([4, 6, 5, 7], DataType.F32, FormatTag.Nhwc).Reshape(4, 210));
    }

    [SkippableFact]
    public void WrongDescriptorsAreRefusedWithTheirShape()
    {
        using Rig rig = new();
        Assert.Contains("4x6 Nchw", Assert.Throws<OneDnnException>(() => rig.Api.Plain([4, 6], DataType.F32, FormatTag.Nchw)).Message, StringComparison.Ordinal);
        Assert.Throws<OneDnnException>(() => rig.Api.Plain([], DataType.F32, FormatTag.X));
        Assert.Throws<OneDnnException>(() => rig.Api.Any(new long[13], DataType.F32));
        Assert.Throws<OneDnnException>(() => rig.Api.Plain([4, -6], DataType.F32, FormatTag.Nc));
        Assert.Throws<OneDnnException>(() => rig.Api.Strided([4, 6], DataType.F32, [6]));
    }

    private static string Tag(Rig rig, FormatTag tag) => rig.Api.Plain([4, 19, 5, 7], DataType.F32, tag).Tag;
}
