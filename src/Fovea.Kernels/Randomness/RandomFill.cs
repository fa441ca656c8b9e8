using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <summary>Whole tensors of random values, each a function of its index alone: threads and vectors change their speed and not their bits.</summary>
public static class RandomFill
{
    /// <summary>values[i] = U(-bound, bound), made of <see cref="PhiloxKey.Unit"/>(i) in double precision and rounded once.</summary>
    /// <param name="team">The threads.</param>
    /// <param name="key">The tensor's position.</param>
    /// <param name="bound">The distribution's end, 0 or more.</param>
    /// <param name="values">What is filled.</param>
    public static unsafe void Uniform(WorkerTeam team, PhiloxKey key, double bound, Span<float> values)
    {
        ArgumentNullException.ThrowIfNull(team);
        fixed (float* target = values)
        {
            UniformLoop loop = new(key, bound, target);
            team.RunRange(values.Length, ref loop);
        }
    }

    /// <summary>values[i] = N(0, std^2), made of <see cref="PhiloxKey.Normal"/>(i) in double precision and rounded once.</summary>
    /// <param name="team">The threads.</param>
    /// <param name="key">The tensor's position.</param>
    /// <param name="std">The standard deviation, 0 or more.</param>
    /// <param name="values">What is filled.</param>
    public static unsafe void Normal(WorkerTeam team, PhiloxKey key, double std, Span<float> values)
    {
        ArgumentNullException.ThrowIfNull(team);
        fixed (float* target = values)
        {
            NormalLoop loop = new(key, std, target);
            team.RunRange(values.Length, ref loop);
        }
    }

    private readonly unsafe struct UniformLoop(PhiloxKey key, double bound, float* target) : IRangeBody
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Invoke(nint start, nint length)
        {
            // Blocks of the range loop start at multiples of 32, so whole Philox blocks belong to one worker.
            nint i = 0;
            if (Avx512F.IsSupported)
            {
                for (; i <= length - 32; i += 32)
                {
                    (Vector512<uint> low, Vector512<uint> high) = PhiloxVector.Words32(key, (ulong)(start + i) >> 2);
                    Scaled(low).Store(target + start + i);
                    Scaled(high).Store(target + start + i + 16);
                }
            }
            for (; i < length; i++)
                target[start + i] = (float)((2.0 * key.Unit((ulong)(start + i)) - 1.0) * bound);
        }

        // 24 bits are exact in float32, and twice them less one in float64: the product and the narrowing round as they do one by one.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private Vector512<float> Scaled(Vector512<uint> words)
        {
            Vector512<float> unit = Vector512.ConvertToSingle((words >>> 8).AsInt32()) * Vector512.Create(1f / (1 << 24));
            (Vector512<double> low, Vector512<double> high) = Vector512.Widen(unit);
            Vector512<double> factor = Vector512.Create(bound), one = Vector512.Create(1.0);
            return Vector512.Narrow((low + low - one) * factor, (high + high - one) * factor);
        }
    }

    private readonly unsafe struct NormalLoop(PhiloxKey key, double std, float* target) : IRangeBody
    {
        public void Invoke(nint start, nint length)
        {
            for (nint i = start; i < start + length; i++)
                target[i] = (float)(key.Normal((ulong)i) * std);
        }
    }
}
