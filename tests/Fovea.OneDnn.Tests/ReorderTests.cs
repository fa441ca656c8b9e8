namespace Fovea.OneDnn.Tests;

public class ReorderTests
{
    [SkippableFact]
    public void BlockedLayoutsComeBackAsTheyWere()
    {
        using Rig rig = new();
        long[] dims = [3, 19, 5, 7];
        float[] values = Values.Make(3 * 19 * 5 * 7, 1);
        foreach (FormatTag tag in new[] { FormatTag.Nchw, FormatTag.Nhwc, FormatTag.NChw8c, FormatTag.NChw16c })
        {
            MemoryDesc desc = rig.Api.Plain(dims, DataType.F32, tag);
            nint memory = rig.Allocate(desc.ByteSize);
            rig.Store(values, desc, memory);
            Assert.Equal(values, rig.Load(desc, memory));
        }
    }

    [SkippableFact]
    public void ChannelsInBlocksLieWhereTheLayoutSays()
    {
        using Rig rig = new();
        const int n = 2, c = 19, h = 3, w = 5;
        float[] values = Values.Make(n * c * h * w, 2);
        MemoryDesc desc = rig.Api.Plain([n, c, h, w], DataType.F32, FormatTag.NChw16c);
        nint memory = rig.Allocate(desc.ByteSize);
        rig.Store(values, desc, memory);
        Span<float> raw = Rig.Floats(memory, desc.ByteSize / 4);
        Assert.Equal(n * 32 * h * w, raw.Length);
        for (int i = 0; i < n; i++)
            for (int j = 0; j < 32; j++)
                for (int y = 0; y < h; y++)
                    for (int x = 0; x < w; x++)
                    {
                        float expected = j < c ? values[((i * c + j) * h + y) * w + x] : 0;
                        Assert.Equal(expected, raw[((((i * 2 + j / 16) * h + y) * w) + x) * 16 + j % 16]);
                    }
    }

    [SkippableFact]
    public void SumAccumulatesIntoTheTarget()
    {
        using Rig rig = new();
        MemoryDesc desc = rig.Natural(4, 6);
        using PrimitiveDesc reorder = rig.Need(rig.Api.Reorder(desc, desc, Attributes.Default.AppendSum(), out string why), why);
        float[] a = Values.Make(24, 3), b = Values.Make(24, 4);
        Run run = rig.Prepare(reorder, new Dictionary<Arg, float[]> { [Arg.Src] = a, [Arg.Dst] = b }, []);
        float[] sum = run.Execute(Arg.Dst);
        for (int i = 0; i < sum.Length; i++) Assert.Equal(a[i] + b[i], sum[i]);
    }

    [SkippableFact]
    public void Bf16IsTheRoundedUpperHalf()
    {
        using Rig rig = new();
        MemoryDesc from = rig.Natural(3, 5), to = rig.Api.Plain([3, 5], DataType.Bf16, FormatTag.Nc);
        Assert.Equal(30, to.ByteSize);
        float[] values = Values.Make(15, 5);
        nint source = rig.Allocate(from.ByteSize), target = rig.Allocate(to.ByteSize);
        values.CopyTo(Rig.Floats(source, 15));
        rig.Copy(from, source, to, target);
        float[] back = rig.Load(to, target);
        for (int i = 0; i < 15; i++)
        {
            uint bits = BitConverter.SingleToUInt32Bits(values[i]);
            uint rounded = (bits + 0x7fff + ((bits >> 16) & 1)) & 0xffff0000;
            Assert.Equal(BitConverter.UInt32BitsToSingle(rounded), back[i]);
        }
    }
}
