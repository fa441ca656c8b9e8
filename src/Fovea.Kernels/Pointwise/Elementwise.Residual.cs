using System.Numerics;
using System.Runtime.CompilerServices;
using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <content>The end of a residual block: sum and ReLU in one pass over memory, forward and backward.</content>
public static partial class Elementwise
{
    /// <summary>dst = max(0, a + b); NaN stays NaN. <paramref name="dst"/> may be either argument.</summary>
    public static void AddRelu(WorkerTeam team, ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> dst) => Map2(team, a, b, dst, default(RectifiedSum));

    /// <summary>diffSrc = a + b where dst is positive, 0 elsewhere: ReLU's gradient where its result has two readers. <paramref name="diffSrc"/> may be any argument.</summary>
    public static unsafe void ReluBackwardOfSum(WorkerTeam team, ReadOnlySpan<float> dst, ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> diffSrc)
    {
        ArgumentNullException.ThrowIfNull(team);
        Guard.Length(dst.Length, diffSrc.Length, nameof(dst));
        Guard.Length(a.Length, diffSrc.Length, nameof(a));
        Guard.Length(b.Length, diffSrc.Length, nameof(b));
        fixed (float* result = dst, first = a, second = b, target = diffSrc)
        {
            MapLoop3<SumGradient> loop = new(result, first, second, target, default);
            team.RunRange(diffSrc.Length, ref loop);
        }
    }

    private readonly struct RectifiedSum : IMap2
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Invoke(Vector<float> x, Vector<float> y) => default(Relu).Invoke(x + y);
    }

    private readonly struct SumGradient : IMap3
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Invoke(Vector<float> x, Vector<float> y, Vector<float> z) => default(ReluGradient).Invoke(x, y + z);
    }
}
