using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Fovea.Kernels.Threading;

namespace Fovea.Kernels.Measuring;

/// <summary>Loops that do nothing but keep one part of the machine busy: what a roofline is drawn with.</summary>
public static unsafe class PeakKernels
{
    // Enough independent sums to cover a latency of 4 to 5 cycles on two units, few enough to stay in registers.
    private const int Sums = 12;

    /// <summary>Fused multiply-adds on registers, on every thread, in the widest vectors that this processor has.</summary>
    /// <param name="team">The threads; each does the same work.</param>
    /// <param name="rounds">Rounds of a thread, 0 or more.</param>
    /// <returns>Floating-point operations that were done: two for each multiply-add of each lane.</returns>
    public static long MultiplyAdd(WorkerTeam team, int rounds)
    {
        ArgumentNullException.ThrowIfNull(team);
        ArgumentOutOfRangeException.ThrowIfNegative(rounds);
        Span<float> results = stackalloc float[team.Threads];
        fixed (float* sink = results)
        {
            MultiplyAddLoop loop = new(rounds, sink);
            team.Run(team.Threads, ref loop);
        }
        return 2L * rounds * Sums * (Vector512.IsHardwareAccelerated ? 16 : Vector256.IsHardwareAccelerated ? 8 : 4) * team.Threads;
    }

    private readonly struct MultiplyAddLoop(int rounds, float* sink) : IParallelBody
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Invoke(int item, int worker) =>
            sink[item] = Vector512.IsHardwareAccelerated ? Wide() : Vector256.IsHardwareAccelerated ? Half() : Narrow();

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private float Wide()
        {
            Vector512<float> x = Vector512.Create(0.9999f), y = Vector512.Create(1e-4f);
            Vector512<float> a = x, b = y, c = x + y, d = x - y, e = a, f = b, g = c, h = d, i = a + c, j = b + d, k = a - d, l = b - c;
            for (int round = 0; round < rounds; round++)
            {
                a = Vector512.FusedMultiplyAdd(a, x, y);
                b = Vector512.FusedMultiplyAdd(b, x, y);
                c = Vector512.FusedMultiplyAdd(c, x, y);
                d = Vector512.FusedMultiplyAdd(d, x, y);
                e = Vector512.FusedMultiplyAdd(e, x, y);
                f = Vector512.FusedMultiplyAdd(f, x, y);
                g = Vector512.FusedMultiplyAdd(g, x, y);
                h = Vector512.FusedMultiplyAdd(h, x, y);
                i = Vector512.FusedMultiplyAdd(i, x, y);
                j = Vector512.FusedMultiplyAdd(j, x, y);
                k = Vector512.FusedMultiplyAdd(k, x, y);
                l = Vector512.FusedMultiplyAdd(l, x, y);
            }
            return Vector512.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private float Half()
        {
            Vector256<float> x = Vector256.Create(0.9999f), y = Vector256.Create(1e-4f);
            Vector256<float> a = x, b = y, c = x + y, d = x - y, e = a, f = b, g = c, h = d, i = a + c, j = b + d, k = a - d, l = b - c;
            for (int round = 0; round < rounds; round++)
            {
                a = Vector256.FusedMultiplyAdd(a, x, y);
                b = Vector256.FusedMultiplyAdd(b, x, y);
                c = Vector256.FusedMultiplyAdd(c, x, y);
                d = Vector256.FusedMultiplyAdd(d, x, y);
                e = Vector256.FusedMultiplyAdd(e, x, y);
                f = Vector256.FusedMultiplyAdd(f, x, y);
                g = Vector256.FusedMultiplyAdd(g, x, y);
                h = Vector256.FusedMultiplyAdd(h, x, y);
                i = Vector256.FusedMultiplyAdd(i, x, y);
                j = Vector256.FusedMultiplyAdd(j, x, y);
                k = Vector256.FusedMultiplyAdd(k, x, y);
                l = Vector256.FusedMultiplyAdd(l, x, y);
            }
            return Vector256.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private float Narrow()
        {
            Vector128<float> x = Vector128.Create(0.9999f), y = Vector128.Create(1e-4f);
            Vector128<float> a = x, b = y, c = x + y, d = x - y, e = a, f = b, g = c, h = d, i = a + c, j = b + d, k = a - d, l = b - c;
            for (int round = 0; round < rounds; round++)
            {
                a = Vector128.FusedMultiplyAdd(a, x, y);
                b = Vector128.FusedMultiplyAdd(b, x, y);
                c = Vector128.FusedMultiplyAdd(c, x, y);
                d = Vector128.FusedMultiplyAdd(d, x, y);
                e = Vector128.FusedMultiplyAdd(e, x, y);
                f = Vector128.FusedMultiplyAdd(f, x, y);
                g = Vector128.FusedMultiplyAdd(g, x, y);
                h = Vector128.FusedMultiplyAdd(h, x, y);
                i = Vector128.FusedMultiplyAdd(i, x, y);
                j = Vector128.FusedMultiplyAdd(j, x, y);
                k = Vector128.FusedMultiplyAdd(k, x, y);
                l = Vector128.FusedMultiplyAdd(l, x, y);
            }
            return Vector128.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
        }
    }
}
