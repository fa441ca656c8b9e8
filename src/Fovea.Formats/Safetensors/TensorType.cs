namespace Fovea.Formats.Safetensors;

/// <summary>The element types of the safetensors format that fill whole bytes, little-endian in the file.</summary>
public enum TensorType
{
    /// <summary>One byte, 0 or 1 (<c>BOOL</c>).</summary>
    Bool,

    /// <summary>Unsigned 8-bit integer (<c>U8</c>).</summary>
    UInt8,

    /// <summary>Signed 8-bit integer (<c>I8</c>).</summary>
    Int8,

    /// <summary>Unsigned 16-bit integer (<c>U16</c>).</summary>
    UInt16,

    /// <summary>Signed 16-bit integer (<c>I16</c>).</summary>
    Int16,

    /// <summary>IEEE 754 binary16 (<c>F16</c>).</summary>
    Float16,

    /// <summary>The upper half of a binary32 (<c>BF16</c>).</summary>
    BFloat16,

    /// <summary>Unsigned 32-bit integer (<c>U32</c>).</summary>
    UInt32,

    /// <summary>Signed 32-bit integer (<c>I32</c>).</summary>
    Int32,

    /// <summary>IEEE 754 binary32 (<c>F32</c>).</summary>
    Float32,

    /// <summary>Unsigned 64-bit integer (<c>U64</c>).</summary>
    UInt64,

    /// <summary>Signed 64-bit integer (<c>I64</c>).</summary>
    Int64,

    /// <summary>IEEE 754 binary64 (<c>F64</c>).</summary>
    Float64,
}

/// <summary>Names and sizes of <see cref="TensorType"/>.</summary>
public static class TensorTypes
{
    private static readonly (TensorType Type, string Name, int Size)[] Known =
    [
        (TensorType.Bool, "BOOL", 1), (TensorType.UInt8, "U8", 1), (TensorType.Int8, "I8", 1),
        (TensorType.UInt16, "U16", 2), (TensorType.Int16, "I16", 2), (TensorType.Float16, "F16", 2), (TensorType.BFloat16, "BF16", 2),
        (TensorType.UInt32, "U32", 4), (TensorType.Int32, "I32", 4), (TensorType.Float32, "F32", 4),
        (TensorType.UInt64, "U64", 8), (TensorType.Int64, "I64", 8), (TensorType.Float64, "F64", 8),
    ];

    /// <summary>Every type.</summary>
    internal static TensorType[] All { get; } = [.. Known.Select(k => k.Type)];

    /// <summary>The names that a header may use, for messages.</summary>
    internal static string AllNames => string.Join(", ", Known.Select(k => k.Name));

    /// <summary>The type's name in the file, such as <c>BF16</c>.</summary>
    public static string FileName(this TensorType type) => Known[(int)type].Name;

    /// <summary>Bytes of one element: 1, 2, 4 or 8.</summary>
    public static int Size(this TensorType type) => Known[(int)type].Size;
}
