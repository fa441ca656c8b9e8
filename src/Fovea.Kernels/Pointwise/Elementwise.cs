using System.Numerics;
using System.Runtime.CompilerServices;
using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <summary>Functions of single elements. Spans of one call have one length; results may be written over an argument of the same call.</summary>
public static partial class Elementwise
{
    /// <summary>dst = max(0, src); NaN stays NaN, as in PyTorch.</summary>
    public static void ReluForward(WorkerTeam team, ReadOnlySpan<float> src, Span<float> dst) => Map(team, src, dst, default(Relu));

    /// <summary>diffSrc = diffDst where dst is positive, 0 elsewhere. <paramref name="diffSrc"/> may be <paramref name="diffDst"/>.</summary>
    public static void ReluBackward(WorkerTeam team, ReadOnlySpan<float> dst, ReadOnlySpan<float> diffDst, Span<float> diffSrc) =>
        Map2(team, dst, diffDst, diffSrc, default(ReluGradient));

    /// <summary>c = a + b.</summary>
    public static void Add(WorkerTeam team, ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> c) => Map2(team, a, b, c, default(Sum));

    /// <summary>a += b.</summary>
    public static void Accumulate(WorkerTeam team, Span<float> a, ReadOnlySpan<float> b) => Map2(team, a, b, a, default(Sum));

    /// <summary>dst = src.</summary>
    public static void Copy(WorkerTeam team, ReadOnlySpan<float> src, Span<float> dst) => Map(team, src, dst, default(Identity));

    /// <summary>Every element of dst = value.</summary>
    public static void Fill(WorkerTeam team, float value, Span<float> dst) => Map(team, dst, dst, new Constant(new Vector<float>(value)));

    /// <summary>dst = src * factor.</summary>
    public static void Scale(WorkerTeam team, float factor, ReadOnlySpan<float> src, Span<float> dst) =>
        Map(team, src, dst, new Product(new Vector<float>(factor)));

    private static unsafe void Map<TMap>(WorkerTeam team, ReadOnlySpan<float> src, Span<float> dst, TMap map, [CallerMemberName] string kernel = "")
        where TMap : unmanaged, IMap
    {
        ArgumentNullException.ThrowIfNull(team);
        Guard.Length(src.Length, dst.Length, nameof(src), kernel);
        fixed (float* source = src, target = dst)
        {
            MapLoop<TMap> loop = new(source, target, map);
            team.RunRange(dst.Length, ref loop);
        }
    }

    private static unsafe void Map2<TMap>(
        WorkerTeam team, ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> c, TMap map, [CallerMemberName] string kernel = "")
        where TMap : unmanaged, IMap2
    {
        ArgumentNullException.ThrowIfNull(team);
        Guard.Length(a.Length, c.Length, "first argument", kernel);
        Guard.Length(b.Length, c.Length, "second argument", kernel);
        fixed (float* first = a, second = b, target = c)
        {
            MapLoop2<TMap> loop = new(first, second, target, map);
            team.RunRange(c.Length, ref loop);
        }
    }

    // "Not greater than zero" is asked as "less or equal" on purpose: NaN answers no and passes through.
    private readonly struct Relu : IMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Invoke(Vector<float> x) =>
            Vector.ConditionalSelect(Vector.LessThanOrEqual(x, Vector<float>.Zero), Vector<float>.Zero, x);
    }

    private readonly struct ReluGradient : IMap2
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Invoke(Vector<float> x, Vector<float> y) =>
            Vector.ConditionalSelect(Vector.LessThanOrEqual(x, Vector<float>.Zero), Vector<float>.Zero, y);
    }

    private readonly struct Sum : IMap2
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Invoke(Vector<float> x, Vector<float> y) => x + y;
    }

    private readonly struct Identity : IMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Invoke(Vector<float> x) => x;
    }

    private readonly struct Constant(Vector<float> value) : IMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Invoke(Vector<float> x) => value;
    }

    private readonly struct Product(Vector<float> factor) : IMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Invoke(Vector<float> x) => x * factor;
    }
}
