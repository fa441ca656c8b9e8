using System.Runtime.InteropServices;
using System.Text;

namespace Fovea.OneDnn.V2;

/// <summary>What Fovea reads of version 2's dnnl_memory_desc_t; offsets in bytes on 64-bit machines.</summary>
internal readonly struct LayoutV2
{
    private const int DataTypeOffset = 104;
    private const int FormatKindOffset = 312;
    private const int FormatAny = 1;
    private const int FormatBlocked = 2;
    private const int FormatWinograd = 3;

    private readonly byte[] _bytes;

    public LayoutV2(byte[] bytes)
    {
        _bytes = bytes;
        int count = Int(0);
        Dims = Longs(8)[..count].ToArray();
        DataType = count == 0 ? DataType.F32 : CodesV2.DataTypeOf(Int(DataTypeOffset));
    }

    public long[] Dims { get; }

    public DataType DataType { get; }

    public bool IsAny => Int(FormatKindOffset) == FormatAny;

    public string Tag => Int(FormatKindOffset) switch
    {
        FormatAny => "any",
        FormatBlocked => BlockedTag(),
        FormatWinograd => "wino",
        int kind => $"format kind {kind}",
    };

    // As DNNL_VERBOSE writes it: outer dimensions by falling stride (ties: the larger extent first), then the inner blocks.
    private string BlockedTag()
    {
        int count = Dims.Length;
        long[] padded = Longs(112)[..count].ToArray();
        long[] strides = Longs(320)[..count].ToArray();
        int blocks = Int(416);
        long[] blockSizes = Longs(424)[..blocks].ToArray();
        long[] blockDims = Longs(520)[..blocks].ToArray();

        long[] outer = padded;
        for (int i = 0; i < blocks; i++) outer[blockDims[i]] /= blockSizes[i];
        int[] order = [.. Enumerable.Range(0, count).OrderByDescending(d => strides[d]).ThenByDescending(d => outer[d])];

        StringBuilder text = new();
        foreach (int d in order)
            text.Append((char)((blockDims.Contains(d) ? 'A' : 'a') + d));
        for (int i = 0; i < blocks; i++)
            text.Append(blockSizes[i]).Append((char)('a' + blockDims[i]));
        return text.ToString();
    }

    private int Int(int offset) => MemoryMarshal.Read<int>(_bytes.AsSpan(offset));

    private ReadOnlySpan<long> Longs(int offset) => MemoryMarshal.Cast<byte, long>(_bytes.AsSpan(offset, NativeV2.MaxDims * sizeof(long)));
}
