using System.Numerics;
using System.Runtime.CompilerServices;
using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <summary>
/// A function of one value, written over vectors alone, so that an element's bits never depend on where in a vector or block it falls.
/// </summary>
internal interface IMap
{
    Vector<float> Invoke(Vector<float> x);
}

/// <summary>A function of two values.</summary>
internal interface IMap2
{
    Vector<float> Invoke(Vector<float> x, Vector<float> y);
}

/// <summary>A function of three values.</summary>
internal interface IMap3
{
    Vector<float> Invoke(Vector<float> x, Vector<float> y, Vector<float> z);
}

/// <summary>dst[i] = map(src[i]); dst may be src.</summary>
internal readonly unsafe struct MapLoop<TMap>(float* src, float* dst, TMap map) : IRangeBody
    where TMap : unmanaged, IMap
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Invoke(nint start, nint length)
    {
        float* x = src + start, z = dst + start;
        TMap function = map;
        nint i = 0;
        for (; i <= length - Vector<float>.Count; i += Vector<float>.Count)
            function.Invoke(Vector.Load(x + i)).Store(z + i);
        if (i < length)
            function.Invoke(Tail.Load(x + i, length - i)).StoreTail(z + i, length - i);
    }
}

/// <summary>dst[i] = map(src[i], other[i]); dst may be either.</summary>
internal readonly unsafe struct MapLoop2<TMap>(float* src, float* other, float* dst, TMap map) : IRangeBody
    where TMap : unmanaged, IMap2
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Invoke(nint start, nint length)
    {
        float* x = src + start, y = other + start, z = dst + start;
        TMap function = map;
        nint i = 0;
        for (; i <= length - Vector<float>.Count; i += Vector<float>.Count)
            function.Invoke(Vector.Load(x + i), Vector.Load(y + i)).Store(z + i);
        if (i < length)
            function.Invoke(Tail.Load(x + i, length - i), Tail.Load(y + i, length - i)).StoreTail(z + i, length - i);
    }
}

/// <summary>dst[i] = map(a[i], b[i], c[i]); dst may be any of them.</summary>
internal readonly unsafe struct MapLoop3<TMap>(float* a, float* b, float* c, float* dst, TMap map) : IRangeBody
    where TMap : unmanaged, IMap3
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Invoke(nint start, nint length)
    {
        float* x = a + start, y = b + start, z = c + start, to = dst + start;
        TMap function = map;
        nint i = 0;
        for (; i <= length - Vector<float>.Count; i += Vector<float>.Count)
            function.Invoke(Vector.Load(x + i), Vector.Load(y + i), Vector.Load(z + i)).Store(to + i);
        if (i < length)
        {
            nint rest = length - i;
            function.Invoke(Tail.Load(x + i, rest), Tail.Load(y + i, rest), Tail.Load(z + i, rest)).StoreTail(to + i, rest);
        }
    }
}
