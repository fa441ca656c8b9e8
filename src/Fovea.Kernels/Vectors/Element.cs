using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Fovea.Kernels;

/// <summary>A type of values in memory that are computed with in float32, 16 at a time. Loops are written once over it and compiled for each.</summary>
internal unsafe interface IElement<T>
    where T : unmanaged, IElement<T>
{
    /// <summary>16 values.</summary>
    static abstract Vector512<float> Load(T* source);

    /// <summary>16 values, rounded once to the nearest where the type is the narrower one.</summary>
    static abstract void Store(Vector512<float> value, T* target);

    /// <summary>One value.</summary>
    static abstract float Read(T* source);

    /// <summary>One value, rounded as by <see cref="Store"/>.</summary>
    static abstract void Write(float value, T* target);
}

/// <summary>float32 as it is.</summary>
internal readonly unsafe partial struct FloatElement : IElement<FloatElement>
{
    private readonly float _value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(FloatElement* source) => Vector512.Load(&source->_value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<float> value, FloatElement* target) => value.Store(&target->_value);

    public static float Read(FloatElement* source) => *(float*)source;

    public static void Write(float value, FloatElement* target) => *(float*)target = value;
}

/// <summary>bfloat16, see <see cref="BFloat16"/>.</summary>
internal readonly unsafe partial struct BFloat16Element : IElement<BFloat16Element>
{
    private readonly ushort _value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(BFloat16Element* source)
    {
        Vector256<ushort> bits = Vector256.Load(&source->_value);
        if (Avx512F.IsSupported)
            return (Avx512F.ConvertToVector512UInt32(bits) << 16).AsSingle();
        (Vector256<uint> low, Vector256<uint> high) = Vector256.Widen(bits);
        return (Vector512.Create(low, high) << 16).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<float> value, BFloat16Element* target)
    {
        Vector512<uint> bits = value.AsUInt32();
        Vector512<uint> rounded = (bits + Vector512.Create(0x7fffu) + ((bits >>> 16) & Vector512<uint>.One)) >>> 16;
        // Only a NaN differs from itself; rounding up could carry its fraction into the sign.
        rounded = Vector512.ConditionalSelect(Vector512.Equals(value, value).AsUInt32(), rounded, (bits >>> 16) | Vector512.Create(0x40u));
        Vector256<ushort> narrow = Avx512F.IsSupported ? Avx512F.ConvertToVector256UInt16(rounded) : Vector256.Narrow(rounded.GetLower(), rounded.GetUpper());
        narrow.Store(&target->_value);
    }

    public static float Read(BFloat16Element* source) => BFloat16.ToSingle(*(ushort*)source);

    public static void Write(float value, BFloat16Element* target) => *(ushort*)target = BFloat16.FromSingle(value);
}

/// <summary>What is left behind the last whole vector, lent a vector's width.</summary>
internal static unsafe class Element
{
    /// <summary>Values of a vector.</summary>
    public const int Lanes = 16;

    /// <summary>True where values lie as bfloat16, in <see cref="ushort"/>; otherwise they are float32.</summary>
    public static bool IsBFloat16<T>()
    {
        Guard.That(typeof(T) == typeof(float) || typeof(T) == typeof(ushort), $"Values are float or ushort (bfloat16), got {typeof(T).Name}.");
        return typeof(T) == typeof(ushort);
    }

    /// <summary>The first <paramref name="count"/> values, and zeros.</summary>
    public static Vector512<float> LoadPart<T>(T* source, int count)
        where T : unmanaged, IElement<T>
    {
        T* whole = stackalloc T[Lanes];
        new Span<T>(whole, Lanes).Clear();
        new Span<T>(source, count).CopyTo(new Span<T>(whole, Lanes));
        return T.Load(whole);
    }

    /// <summary>Stores the first <paramref name="count"/> values.</summary>
    public static void StorePart<T>(Vector512<float> value, T* target, int count)
        where T : unmanaged, IElement<T>
    {
        T* whole = stackalloc T[Lanes];
        T.Store(value, whole);
        new Span<T>(whole, count).CopyTo(new Span<T>(target, count));
    }

    /// <summary>The first <paramref name="count"/> lanes of a vector, and zeros.</summary>
    public static Vector512<float> First(Vector512<float> value, int count) =>
        Vector512.ConditionalSelect(Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(count)).AsSingle(), value, Vector512<float>.Zero);
}
