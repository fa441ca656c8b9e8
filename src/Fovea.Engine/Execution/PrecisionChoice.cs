namespace Fovea.Engine;

/// <summary>The type of activations and their gradients, as a person asks for it.</summary>
public enum PrecisionChoice
{
    /// <summary>float32.</summary>
    Float32,

    /// <summary>bfloat16; refused where oneDNN or the processor's instructions for it are missing.</summary>
    BFloat16,

    /// <summary>bfloat16 where oneDNN is used and the processor has instructions for it (AVX512-BF16 or AMX), float32 elsewhere.</summary>
    Auto,
}
