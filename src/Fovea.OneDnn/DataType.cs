namespace Fovea.OneDnn;

/// <summary>The type of a memory's elements (dnnl_data_type_t).</summary>
public enum DataType
{
    /// <summary>32-bit IEEE float.</summary>
    F32,

    /// <summary>16-bit bfloat: the upper half of a float32.</summary>
    Bf16,

    /// <summary>32-bit signed integer.</summary>
    S32,

    /// <summary>8-bit unsigned integer.</summary>
    U8,

    /// <summary>8-bit signed integer.</summary>
    S8,
}

/// <summary>Facts of <see cref="DataType"/>.</summary>
public static class DataTypes
{
    /// <summary>Bytes of one element: 4 for F32 and S32, 2 for Bf16, 1 for U8 and S8.</summary>
    public static int ByteSize(this DataType type) => type switch
    {
        DataType.F32 or DataType.S32 => 4,
        DataType.Bf16 => 2,
        _ => 1,
    };

    /// <summary>The name that oneDNN prints: f32, bf16, s32, u8, s8.</summary>
    public static string Name(this DataType type) => type switch
    {
        DataType.F32 => "f32",
        DataType.Bf16 => "bf16",
        DataType.S32 => "s32",
        DataType.U8 => "u8",
        _ => "s8",
    };
}
