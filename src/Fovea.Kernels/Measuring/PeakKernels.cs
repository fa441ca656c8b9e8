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
        return 2L * rounds * Sums * (Tile512.IsSupported ? Lanes512.Count : Tile256.IsSupported ? Lanes256.Count : Lanes128.Count) * team.Threads;
    }

    private readonly struct MultiplyAddLoop(int rounds, float* sink) : IParallelBody
    {
        public void Invoke(int item, int worker) =>
            sink[item] = Tile512.IsSupported ? Sum<Lanes512, Vector512<float>>()
                : Tile256.IsSupported ? Sum<Lanes256, Vector256<float>>()
                : Sum<Lanes128, Vector128<float>>();

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private float Sum<TLanes, TVector>()
            where TLanes : struct, ILanes<TVector>
            where TVector : struct
        {
            TVector x = TLanes.Create(0.9999f), y = TLanes.Create(1e-4f);
            TVector a = TLanes.Create(1f), b = TLanes.Create(2f), c = TLanes.Create(3f), d = TLanes.Create(4f), e = TLanes.Create(5f), f = TLanes.Create(6f),
                g = TLanes.Create(7f), h = TLanes.Create(8f), i = TLanes.Create(9f), j = TLanes.Create(10f), k = TLanes.Create(11f), l = TLanes.Create(12f);
            for (int round = 0; round < rounds; round++)
            {
                a = TLanes.MultiplyAdd(a, x, y);
                b = TLanes.MultiplyAdd(b, x, y);
                c = TLanes.MultiplyAdd(c, x, y);
                d = TLanes.MultiplyAdd(d, x, y);
                e = TLanes.MultiplyAdd(e, x, y);
                f = TLanes.MultiplyAdd(f, x, y);
                g = TLanes.MultiplyAdd(g, x, y);
                h = TLanes.MultiplyAdd(h, x, y);
                i = TLanes.MultiplyAdd(i, x, y);
                j = TLanes.MultiplyAdd(j, x, y);
                k = TLanes.MultiplyAdd(k, x, y);
                l = TLanes.MultiplyAdd(l, x, y);
            }
            // Added where they are, in registers: a loop over them would take their addresses, and with it send them to memory in every round.
            a = TLanes.Add(TLanes.Add(TLanes.Add(a, b), TLanes.Add(c, d)), TLanes.Add(TLanes.Add(e, f), TLanes.Add(g, h)));
            a = TLanes.Add(a, TLanes.Add(TLanes.Add(i, j), TLanes.Add(k, l)));
            float* ends = stackalloc float[TLanes.Count];
            TLanes.Store(a, ends);
            float sum = 0;
            for (int lane = 0; lane < TLanes.Count; lane++)
                sum += ends[lane];
            return sum;
        }
    }
}
