using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Fovea.Kernels;

/// <summary>16 numbers of a picture, float32 or bfloat16 (held as ushort), to and from float32.</summary>
internal static unsafe class WinogradNumbers
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load<T>(T* from)
        where T : unmanaged =>
        typeof(T) == typeof(ushort)
            ? (Widen(Vector256.Load((ushort*)from)) << 16).AsSingle()
            : Vector512.Load((float*)from);

    /// <summary>Rounds to nearest even as <see cref="BFloat16.FromSingle"/> does.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<T>(Vector512<float> value, T* to)
        where T : unmanaged
    {
        if (typeof(T) == typeof(ushort))
            Narrow(Round(value)).Store((ushort*)to);
        else
            value.Store((float*)to);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Widen(Vector256<ushort> value) =>
        Avx512F.IsSupported ? Avx512F.ConvertToVector512UInt32(value) : Vector512.Create(Vector256.WidenLower(value), Vector256.WidenUpper(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ushort> Narrow(Vector512<uint> value) =>
        Avx512F.IsSupported ? Avx512F.ConvertToVector256UInt16(value) : Vector256.Narrow(value.GetLower(), value.GetUpper());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Round(Vector512<float> value)
    {
        Vector512<uint> bits = value.AsUInt32(), high = bits >>> 16;
        Vector512<uint> rounded = (bits + Vector512.Create(0x7fffu) + (high & Vector512<uint>.One)) >>> 16;
        return Vector512.ConditionalSelect(Vector512.Equals(value, value).AsUInt32(), rounded, high | Vector512.Create(0x40u));
    }
}
