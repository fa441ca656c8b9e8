using System.Numerics;
using System.Runtime.CompilerServices;
using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <remarks>Functions of single elements, computed in float32 and rounded once. Spans of one call have one length; results may be written over an argument.</remarks>
public static partial class BFloat16
{
    /// <summary>c = a + b.</summary>
    public static void Add(WorkerTeam team, ReadOnlySpan<ushort> a, ReadOnlySpan<ushort> b, Span<ushort> c) => Map(team, a, b, b, c, default(Sum));

    /// <summary>c = max(0, a + b); NaN stays NaN.</summary>
    public static void AddRelu(WorkerTeam team, ReadOnlySpan<ushort> a, ReadOnlySpan<ushort> b, Span<ushort> c) => Map(team, a, b, b, c, default(PositiveSum));

    /// <summary>diffSrc = diffDst where dst is positive, 0 elsewhere.</summary>
    public static void ReluBackward(WorkerTeam team, ReadOnlySpan<ushort> dst, ReadOnlySpan<ushort> diffDst, Span<ushort> diffSrc) =>
        Map(team, dst, diffDst, diffDst, diffSrc, default(Masked));

    /// <summary>diffSrc = a + b where dst is positive, 0 elsewhere.</summary>
    public static void ReluBackwardOfSum(WorkerTeam team, ReadOnlySpan<ushort> dst, ReadOnlySpan<ushort> a, ReadOnlySpan<ushort> b, Span<ushort> diffSrc) =>
        Map(team, dst, a, b, diffSrc, default(MaskedSum));

    private static unsafe void Map<TMap>(
        WorkerTeam team, ReadOnlySpan<ushort> a, ReadOnlySpan<ushort> b, ReadOnlySpan<ushort> c, Span<ushort> dst, TMap map, [CallerMemberName] string kernel = "")
        where TMap : unmanaged, IMap3
    {
        ArgumentNullException.ThrowIfNull(team);
        Guard.Length(a.Length, dst.Length, "first argument", kernel);
        Guard.Length(b.Length, dst.Length, "second argument", kernel);
        Guard.Length(c.Length, dst.Length, "third argument", kernel);
        fixed (ushort* x = a, y = b, z = c, to = dst)
        {
            MapLoop<TMap> loop = new(x, y, z, to, map);
            team.RunRange(dst.Length, ref loop);
        }
    }

    private readonly unsafe struct MapLoop<TMap>(ushort* a, ushort* b, ushort* c, ushort* dst, TMap map) : IRangeBody
        where TMap : unmanaged, IMap3
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Invoke(nint start, nint length)
        {
            ushort* x = a + start, y = b + start, z = c + start, to = dst + start;
            TMap function = map;
            nint i = 0;
            for (; i <= length - Vector<ushort>.Count; i += Vector<ushort>.Count)
            {
                (Vector<float> x0, Vector<float> x1) = Load(x + i);
                (Vector<float> y0, Vector<float> y1) = Load(y + i);
                (Vector<float> z0, Vector<float> z1) = Load(z + i);
                Store(function.Invoke(x0, y0, z0), function.Invoke(x1, y1, z1), to + i);
            }
            for (; i < length; i++)
                to[i] = FromSingle(function.Invoke(new(ToSingle(x[i])), new(ToSingle(y[i])), new(ToSingle(z[i])))[0]);
        }
    }

    private readonly struct Sum : IMap3
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Invoke(Vector<float> x, Vector<float> y, Vector<float> z) => x + y;
    }

    private readonly struct PositiveSum : IMap3
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Invoke(Vector<float> x, Vector<float> y, Vector<float> z) =>
            Vector.ConditionalSelect(Vector.LessThanOrEqual(x + y, Vector<float>.Zero), Vector<float>.Zero, x + y);
    }

    private readonly struct Masked : IMap3
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Invoke(Vector<float> x, Vector<float> y, Vector<float> z) =>
            Vector.ConditionalSelect(Vector.LessThanOrEqual(x, Vector<float>.Zero), Vector<float>.Zero, y);
    }

    private readonly struct MaskedSum : IMap3
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Invoke(Vector<float> x, Vector<float> y, Vector<float> z) =>
            Vector.ConditionalSelect(Vector.LessThanOrEqual(x, Vector<float>.Zero), Vector<float>.Zero, y + z);
    }
}
