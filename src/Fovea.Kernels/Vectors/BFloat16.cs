using System.Numerics;
using System.Runtime.CompilerServices;
using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <summary>
/// bfloat16 is the upper half of a float32: 8 bits of exponent, 7 of fraction. Here it is held in a <see cref="ushort"/>, and computed with in float32.
/// </summary>
public static partial class BFloat16
{
    /// <summary>The nearest bfloat16, ties to even; NaN stays NaN (quiet), what is above the largest becomes infinite. The same as oneDNN's and PyTorch's.</summary>
    public static ushort FromSingle(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value) ? (ushort)((bits >> 16) | 0x40) : (ushort)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
    }

    /// <summary>The float32 of the same value: exact.</summary>
    public static float ToSingle(ushort value) => BitConverter.UInt32BitsToSingle((uint)value << 16);

    /// <summary>dst = src, rounded as <see cref="FromSingle"/> does.</summary>
    /// <param name="team">The threads.</param>
    /// <param name="src">float32.</param>
    /// <param name="dst">bfloat16, as long as <paramref name="src"/>.</param>
    public static unsafe void Convert(WorkerTeam team, ReadOnlySpan<float> src, Span<ushort> dst)
    {
        ArgumentNullException.ThrowIfNull(team);
        Guard.Length(src.Length, dst.Length, nameof(src));
        fixed (float* x = src)
        fixed (ushort* z = dst)
        {
            NarrowLoop loop = new(x, z);
            team.RunRange(dst.Length, ref loop);
        }
    }

    /// <summary>dst = src, exactly.</summary>
    /// <param name="team">The threads.</param>
    /// <param name="src">bfloat16.</param>
    /// <param name="dst">float32, as long as <paramref name="src"/>.</param>
    public static unsafe void Convert(WorkerTeam team, ReadOnlySpan<ushort> src, Span<float> dst)
    {
        ArgumentNullException.ThrowIfNull(team);
        Guard.Length(src.Length, dst.Length, nameof(src));
        fixed (ushort* x = src)
        fixed (float* z = dst)
        {
            WidenLoop loop = new(x, z);
            team.RunRange(dst.Length, ref loop);
        }
    }

    /// <summary>The lower and the upper half of a vector's values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static unsafe (Vector<float> Low, Vector<float> High) Load(ushort* source)
    {
        Vector.Widen(Vector.Load(source), out Vector<uint> low, out Vector<uint> high);
        return (Vector.AsVectorSingle(low << 16), Vector.AsVectorSingle(high << 16));
    }

    /// <summary>Rounds two vectors of float32 into one of bfloat16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static unsafe void Store(Vector<float> low, Vector<float> high, ushort* target) => Vector.Narrow(Round(low), Round(high)).Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<uint> Round(Vector<float> value)
    {
        Vector<uint> bits = Vector.AsVectorUInt32(value);
        Vector<uint> rounded = (bits + new Vector<uint>(0x7fff) + ((bits >>> 16) & Vector<uint>.One)) >>> 16;
        // Only a NaN differs from itself; rounding up could carry its fraction into the sign.
        return Vector.ConditionalSelect(Vector.AsVectorUInt32(Vector.Equals(value, value)), rounded, (bits >>> 16) | new Vector<uint>(0x40));
    }

    private readonly unsafe struct NarrowLoop(float* src, ushort* dst) : IRangeBody
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Invoke(nint start, nint length) => Narrow(src + start, dst + start, length);
    }

    /// <summary>The conversion of a block by one thread.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static unsafe void Narrow(float* x, ushort* z, nint length)
    {
        nint i = 0;
        for (; i <= length - Vector<ushort>.Count; i += Vector<ushort>.Count)
            Store(Vector.Load(x + i), Vector.Load(x + i + Vector<float>.Count), z + i);
        for (; i < length; i++)
            z[i] = FromSingle(x[i]);
    }

    private readonly unsafe struct WidenLoop(ushort* src, float* dst) : IRangeBody
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Invoke(nint start, nint length)
        {
            ushort* x = src + start;
            float* z = dst + start;
            nint i = 0;
            for (; i <= length - Vector<ushort>.Count; i += Vector<ushort>.Count)
            {
                (Vector<float> low, Vector<float> high) = Load(x + i);
                low.Store(z + i);
                high.Store(z + i + Vector<float>.Count);
            }
            for (; i < length; i++)
                z[i] = ToSingle(x[i]);
        }
    }
}
