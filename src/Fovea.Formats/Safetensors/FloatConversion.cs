using System.Runtime.InteropServices;

namespace Fovea.Formats.Safetensors;

/// <summary>Widens or narrows the other floating types to float32.</summary>
internal static class FloatConversion
{
    /// <summary>Converts <paramref name="raw"/>, elements of <paramref name="type"/> (F16, BF16 or F64; the last rounds to nearest even).</summary>
    public static void ToFloat32(TensorType type, ReadOnlySpan<byte> raw, Span<float> destination)
    {
        switch (type)
        {
            case TensorType.Float16:
                ReadOnlySpan<Half> halves = MemoryMarshal.Cast<byte, Half>(raw);
                for (int i = 0; i < destination.Length; i++)
                    destination[i] = (float)halves[i];
                break;
            case TensorType.BFloat16:
                ReadOnlySpan<ushort> upper = MemoryMarshal.Cast<byte, ushort>(raw);
                for (int i = 0; i < destination.Length; i++)
                    destination[i] = BitConverter.UInt32BitsToSingle((uint)upper[i] << 16);
                break;
            default:
                ReadOnlySpan<double> doubles = MemoryMarshal.Cast<byte, double>(raw);
                for (int i = 0; i < destination.Length; i++)
                    destination[i] = (float)doubles[i];
                break;
        }
    }
}

/// <summary>The format is little-endian and its data is moved without conversion.</summary>
internal static class LittleEndian
{
    /// <summary>Refuses a machine on which the files' bytes would be read in the wrong order.</summary>
    public static void Require()
    {
        if (!BitConverter.IsLittleEndian)
            throw new WeightFileException("weight files are little-endian and this machine is big-endian, which is not supported");
    }
}
