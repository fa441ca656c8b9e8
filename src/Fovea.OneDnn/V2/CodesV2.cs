namespace Fovea.OneDnn.V2;

/// <summary>Version 2.6's numbers for what Fovea names.</summary>
internal static class CodesV2
{
    public const int ForwardTraining = 64;
    public const int ForwardInference = 96;
    public const int Backward = 128;
    public const int BackwardData = 160;

    public const int TagAny = 1;
    public const int QueryExecArgMd = 255;
    public const int ScratchpadUser = 1;

    public const int LrnAcrossChannels = 0xaff;
    public const int LrnWithinChannel = 0xbff;

    public static int Forward(bool training) => training ? ForwardTraining : ForwardInference;

    public static int Code(this DataType type) => type switch
    {
        DataType.F32 => 3,
        DataType.Bf16 => 2,
        DataType.S32 => 4,
        DataType.U8 => 6,
        _ => 5,
    };

    public static DataType DataTypeOf(int code) => code switch
    {
        3 => DataType.F32,
        2 => DataType.Bf16,
        4 => DataType.S32,
        5 => DataType.S8,
        6 => DataType.U8,
        _ => throw new OneDnnException($"oneDNN: a memory descriptor has the element type {code} (dnnl_data_type_t), which Fovea does not use."),
    };

    public static int Code(this FormatTag tag) => tag switch
    {
        FormatTag.X => 2,
        FormatTag.Nc => 3,
        FormatTag.Cn => 22,
        FormatTag.Ncw => 4,
        FormatTag.Nwc => 17,
        FormatTag.Nchw => 5,
        FormatTag.Nhwc => 20,
        FormatTag.NChw8c => 93,
        FormatTag.NChw16c => 69,
        FormatTag.Hwio => 30,
        FormatTag.Goihw => 7,
        FormatTag.Gohwi => 16,
        FormatTag.PairedRows => 380,
        _ => throw new ArgumentOutOfRangeException(nameof(tag), tag, null),
    };

    public static int Code(this ConvAlgorithm algorithm) => algorithm switch
    {
        ConvAlgorithm.Direct => 1,
        ConvAlgorithm.Winograd => 2,
        _ => 3,
    };

    public static int Code(this PoolAlgorithm algorithm) => algorithm switch
    {
        PoolAlgorithm.Max => 0x1ff,
        PoolAlgorithm.AvgIncludePadding => 0x2ff,
        _ => 0x3ff,
    };

    public static int Code(this EltwiseAlgorithm algorithm) => algorithm switch
    {
        EltwiseAlgorithm.Relu => 0x1f,
        EltwiseAlgorithm.Logistic => 0xaf,
        EltwiseAlgorithm.Tanh => 0x2f,
        EltwiseAlgorithm.GeluErf => 0x30,
        EltwiseAlgorithm.ReluUseDst => 0x100,
        EltwiseAlgorithm.TanhUseDst => 0x101,
        _ => 0x104,
    };

    public static int Code(this BinaryAlgorithm algorithm) => 0x1fff0 + algorithm switch
    {
        BinaryAlgorithm.Add => 0,
        BinaryAlgorithm.Mul => 1,
        BinaryAlgorithm.Max => 2,
        BinaryAlgorithm.Min => 3,
        BinaryAlgorithm.Div => 4,
        _ => 5,
    };

    public static int Code(this SoftmaxAlgorithm algorithm) => algorithm == SoftmaxAlgorithm.Accurate ? 0x30000 : 0x30001;

    public static uint Code(this BatchNormOptions options)
    {
        uint code = 0;
        if (options.HasFlag(BatchNormOptions.UseGlobalStats)) code |= 0x1;
        if (options.HasFlag(BatchNormOptions.FuseRelu)) code |= 0x4;
        if (options.HasFlag(BatchNormOptions.UseScale)) code |= 0x8;
        if (options.HasFlag(BatchNormOptions.UseShift)) code |= 0x10;
        return code;
    }
}
