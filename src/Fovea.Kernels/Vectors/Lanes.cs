using System.Numerics;
using System.Runtime.CompilerServices;

namespace Fovea.Kernels;

/// <summary>Whole vectors, or the last few elements of a row.</summary>
internal static unsafe class Lanes
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Load(float* source, int count) => count >= Vector<float>.Count ? Vector.Load(source) : Tail.Load(source, count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector<float> value, float* target, int count)
    {
        if (count >= Vector<float>.Count)
            value.Store(target);
        else
            value.StoreTail(target, count);
    }
}

/// <summary>The elements that fill no vector, lent a vector's width.</summary>
internal static unsafe class Tail
{
    public static Vector<float> Load(float* source, nint count)
    {
        Vector<float> value = default;
        Buffer.MemoryCopy(source, &value, sizeof(Vector<float>), count * sizeof(float));
        return value;
    }

    public static void StoreTail(this Vector<float> value, float* target, nint count) =>
        Buffer.MemoryCopy(&value, target, count * sizeof(float), count * sizeof(float));
}
