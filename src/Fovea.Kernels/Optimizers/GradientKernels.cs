using System.Numerics;
using System.Runtime.CompilerServices;
using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <summary>What is done with gradients before an optimizer sees them, and with weights after it. Sums do not depend on the number of threads.</summary>
public static class GradientKernels
{
    private const int Chunk = 65536;

    /// <summary>The sum of the squares of <paramref name="values"/>: squares are exact, sums are double, chunks are added in their order.</summary>
    public static unsafe double SumOfSquares(WorkerTeam team, ReadOnlySpan<float> values)
    {
        ArgumentNullException.ThrowIfNull(team);
        int chunks = (values.Length + Chunk - 1) / Chunk;
        double* sums = stackalloc double[chunks];
        fixed (float* x = values)
        {
            SquaresLoop loop = new(x, values.Length, sums);
            team.Run(chunks, ref loop);
        }
        double sum = 0;
        for (int i = 0; i < chunks; i++)
            sum += sums[i];
        return sum;
    }

    /// <summary>
    /// average += share * (values - average): a running mean where the share is 1/n, an exponential average where it stays. A share of 1 copies.
    /// </summary>
    /// <param name="team">The threads.</param>
    /// <param name="share">Share of the new values, 0 to 1.</param>
    /// <param name="values">The new values.</param>
    /// <param name="average">As long as <paramref name="values"/>.</param>
    public static unsafe void Average(WorkerTeam team, double share, ReadOnlySpan<float> values, Span<float> average)
    {
        ArgumentNullException.ThrowIfNull(team);
        Guard.That(share is >= 0 and <= 1, $"An average takes a share from 0 to 1, got {share}.");
        Guard.Length(values.Length, average.Length, nameof(values));
        if (share == 1)
        {
            Elementwise.Copy(team, values, average);
            return;
        }
        fixed (float* x = values, mean = average)
        {
            UpdateLoop<AverageStep> loop = new(x, null, null, mean, null, new AverageStep((float)share));
            team.RunRange(values.Length, ref loop);
        }
    }

    /// <summary>slow += share * (fast - slow), and fast = slow: what is few enough for one thread.</summary>
    /// <param name="share">Share of the fast values, 0 to 1.</param>
    /// <param name="fast">Values that move with every update.</param>
    /// <param name="slow">As long as <paramref name="fast"/>.</param>
    public static unsafe void Meet(double share, Span<float> fast, Span<float> slow)
    {
        Guard.That(share is >= 0 and <= 1, $"Fast and slow weights meet at a share from 0 to 1, got {share}.");
        Guard.Length(fast.Length, slow.Length, nameof(fast));
        fixed (float* x = fast, mean = slow)
            new UpdateLoop<AverageStep>(x, null, null, mean, null, new AverageStep((float)share)).Invoke(0, fast.Length);
        slow.CopyTo(fast);
    }

    /// <summary>Swaps the contents of two tensors of one length.</summary>
    public static void Exchange(Span<float> a, Span<float> b)
    {
        Guard.Length(a.Length, b.Length, nameof(a));
        for (int i = 0; i < a.Length; i++)
            (a[i], b[i]) = (b[i], a[i]);
    }

    private readonly struct AverageStep(float share) : IUpdateStep
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Apply(Vector<float> g, ref Vector<float> unused, ref Vector<float> unusedToo, ref Vector<float> w) =>
            w = Vector.MultiplyAddEstimate(g - w, new Vector<float>(share), w);
    }

    private readonly unsafe struct SquaresLoop(float* values, int count, double* sums) : IParallelBody
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Invoke(int item, int worker)
        {
            int end = Math.Min(count, (int)Math.Min(int.MaxValue, (item + 1L) * Chunk)), i = item * Chunk;
            Vector<double> even = default, odd = default;
            for (; i <= end - Vector<float>.Count; i += Vector<float>.Count)
            {
                Vector.Widen(Vector.Load(values + i), out Vector<double> low, out Vector<double> high);
                even += low * low;
                odd += high * high;
            }
            double sum = Vector.Sum(even) + Vector.Sum(odd);
            for (; i < end; i++)
                sum += (double)values[i] * values[i];
            sums[item] = sum;
        }
    }
}
