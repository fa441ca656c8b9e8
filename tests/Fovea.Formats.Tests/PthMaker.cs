using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Fovea.Formats.Tests;

/// <summary>Makes pickles and archives that PyTorch would not: one opcode at a time.</summary>
internal static class PthMaker
{
    public const string OrderedDict = "ccollections\nOrderedDict\n", Rebuild = "ctorch._utils\n_rebuild_tensor_v2\n", Float = "ctorch\nFloatStorage\n";

    /// <summary>An archive as torch.save makes it, with this pickle and these storages of bytes.</summary>
    public static byte[] Zip(byte[] pickle, params (string Name, byte[] Bytes)[] others) =>
        Zip(CompressionLevel.NoCompression, [("archive/data.pkl", pickle), .. others.Select(o => ($"archive/{o.Name}", o.Bytes))]);

    public static byte[] Zip(CompressionLevel level, params (string Name, byte[] Bytes)[] entries)
    {
        using MemoryStream stream = new();
        using (ZipArchive archive = new(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, byte[] bytes) in entries)
            {
                using Stream entry = archive.CreateEntry(name, level).Open();
                entry.Write(bytes);
            }
        }
        return stream.ToArray();
    }

    /// <summary>A pickle of protocol 2: texts are taken as opcodes, byte for byte.</summary>
    public static byte[] Pickle(params object[] parts) => [0x80, 2, .. parts.SelectMany(Bytes), (byte)'.'];

    /// <summary>A dictionary with one entry.</summary>
    public static object[] Dict(string key, params object[] value) => ["}", Text(key), .. value, "s"];

    public static byte[] Text(string text) => [(byte)'X', .. Int(Encoding.UTF8.GetByteCount(text))[1..], .. Encoding.UTF8.GetBytes(text)];

    public static byte[] Int(int value)
    {
        byte[] bytes = [(byte)'J', 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(1), value);
        return bytes;
    }

    /// <summary>A call of _rebuild_tensor_v2 over a float32 storage of <paramref name="count"/> elements.</summary>
    public static object[] Tensor(string key, int count, int offset, int[] size, int[] stride) =>
    [
        Rebuild, "(", "(", Text("storage"), Float, Text(key), Text("cpu"), Int(count), "tQ", Int(offset),
        "(", .. size.Select(Int), "t(", .. stride.Select(Int), "t\u0089", OrderedDict, ")R", "tR",
    ];

    private static IEnumerable<byte> Bytes(object part) => part switch
    {
        byte[] bytes => bytes,
        string text => Encoding.Latin1.GetBytes(text),
        object[] parts => parts.SelectMany(Bytes),
        _ => throw new ArgumentException($"{part}"),
    };
}
