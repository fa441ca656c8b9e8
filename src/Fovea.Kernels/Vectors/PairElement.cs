using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Fovea.Kernels;

/// <summary>
/// 32 neighbouring values in two vectors, in whatever lanes they are taken apart and put together with the fewest instructions: float32 as they lie, bfloat16 as the
/// values with even and those with odd numbers, which are a float32's upper half where they are. For loops over pixels of 16 channels, where it does not matter which
/// lane is whose as long as every vector has them alike.
/// </summary>
internal unsafe interface IPairElement<T> : IElement<T>
    where T : unmanaged, IPairElement<T>
{
    /// <summary>32 values.</summary>
    static abstract (Vector512<float> A, Vector512<float> B) LoadPair(T* source);

    /// <summary>32 values, rounded as by <see cref="IElement{T}.Store"/>.</summary>
    static abstract void StorePair(Vector512<float> a, Vector512<float> b, T* target);

    /// <summary>16 values and 16 zeros.</summary>
    static abstract (Vector512<float> A, Vector512<float> B) LoadHalf(T* source);

    /// <summary>The first 16 of the values.</summary>
    static abstract void StoreHalf(Vector512<float> a, Vector512<float> b, T* target);

    /// <summary>All bits in the lanes of the first 16 values.</summary>
    static abstract (Vector512<float> A, Vector512<float> B) Half { get; }

    /// <summary>16 values in the lanes of the first 16 and of the second 16.</summary>
    static abstract (Vector512<float> A, Vector512<float> B) Spread(Vector512<float> values);

    /// <summary>What belongs to value <paramref name="index"/> (0 to 15) of the first and of the second 16, together.</summary>
    static abstract double Sum(in LaneSums a, in LaneSums b, int index);
}

internal readonly unsafe partial struct FloatElement : IPairElement<FloatElement>
{
    public static (Vector512<float> A, Vector512<float> B) Half => (Vector512<float>.AllBitsSet, Vector512<float>.Zero);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<float> A, Vector512<float> B) LoadPair(FloatElement* source) => (Load(source), Load(source + Element.Lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StorePair(Vector512<float> a, Vector512<float> b, FloatElement* target)
    {
        Store(a, target);
        Store(b, target + Element.Lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<float> A, Vector512<float> B) LoadHalf(FloatElement* source) => (Load(source), Vector512<float>.Zero);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreHalf(Vector512<float> a, Vector512<float> b, FloatElement* target) => Store(a, target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<float> A, Vector512<float> B) Spread(Vector512<float> values) => (values, values);

    public static double Sum(in LaneSums a, in LaneSums b, int index) => a.Lane(index) + b.Lane(index);
}

internal readonly unsafe partial struct BFloat16Element : IPairElement<BFloat16Element>
{
    private const uint Upper = 0xffff0000;

    public static (Vector512<float> A, Vector512<float> B) Half
    {
        get
        {
            Vector512<float> low = Vector512.Create(Vector256<float>.AllBitsSet, Vector256<float>.Zero);
            return (low, low);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<float> A, Vector512<float> B) LoadPair(BFloat16Element* source) => Apart(Vector512.Load((uint*)source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StorePair(Vector512<float> a, Vector512<float> b, BFloat16Element* target) => Together(a, b).Store((uint*)target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<float> A, Vector512<float> B) LoadHalf(BFloat16Element* source) => Apart(Vector512.Create(Vector256.Load((uint*)source), Vector256<uint>.Zero));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreHalf(Vector512<float> a, Vector512<float> b, BFloat16Element* target) => Together(a, b).GetLower().Store((uint*)target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<float> A, Vector512<float> B) Spread(Vector512<float> values) => (
        Vector512.Shuffle(values, Vector512.Create(0, 2, 4, 6, 8, 10, 12, 14, 0, 2, 4, 6, 8, 10, 12, 14)),
        Vector512.Shuffle(values, Vector512.Create(1, 3, 5, 7, 9, 11, 13, 15, 1, 3, 5, 7, 9, 11, 13, 15)));

    public static double Sum(in LaneSums a, in LaneSums b, int index) =>
        (index % 2 == 0 ? a : b).Lane(index / 2) + (index % 2 == 0 ? a : b).Lane((index / 2) + (Element.Lanes / 2));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector512<float> Even, Vector512<float> Odd) Apart(Vector512<uint> pairs) =>
        ((pairs << 16).AsSingle(), (pairs & Vector512.Create(Upper)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Together(Vector512<float> even, Vector512<float> odd) => (Rounded(even) >>> 16) | (Rounded(odd) & Vector512.Create(Upper));

    /// <summary>The bfloat16 in the upper half; what the lower one holds means nothing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Rounded(Vector512<float> value)
    {
        Vector512<uint> bits = value.AsUInt32();
        Vector512<uint> rounded = bits + Vector512.Create(0x7fffu) + ((bits >>> 16) & Vector512<uint>.One);
        // Only a NaN differs from itself; rounding up could carry its fraction into the sign.
        return Vector512.ConditionalSelect(Vector512.Equals(value, value).AsUInt32(), rounded, bits | Vector512.Create(0x00400000u));
    }
}
