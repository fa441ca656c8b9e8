namespace Fovea.Engine.Planning;

/// <summary>
/// The type of a tensor's elements; of a plan, the type in which activations and their gradients are kept. Masters, parameters' gradients, optimizer states,
/// the loss and every accumulation are float32 in both.
/// </summary>
public enum Precision
{
    /// <summary>32-bit IEEE float.</summary>
    Float32,

    /// <summary>bfloat16: the upper half of a float32 (8 bits of exponent, 7 of fraction). Half the bytes, and twice the arithmetic where the processor has instructions for it.</summary>
    BFloat16,
}

/// <summary>Facts of <see cref="Precision"/>.</summary>
public static class Precisions
{
    /// <summary>Bytes of one element: 4 or 2.</summary>
    public static int Bytes(this Precision precision) => precision == Precision.Float32 ? sizeof(float) : sizeof(ushort);

    /// <summary>The name on the command line: "fp32", "bf16".</summary>
    public static string Name(this Precision precision) => precision == Precision.Float32 ? "fp32" : "bf16";
}
