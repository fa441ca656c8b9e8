using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <summary>
/// Dropout (Srivastava et al., 2014) in its inverted form. The mask is a function of (key, index): it is drawn again in the backward pass, not
/// stored.
/// </summary>
public static class DropoutKernels
{
    /// <summary>
    /// dst[i] = src[i] / (1 - p) where <see cref="PhiloxKey.Unit"/>(i) is at least p, else 0. Applied to diffDst with the same key it is the backward
    /// pass.
    /// In place is allowed.
    /// </summary>
    /// <param name="team">The threads.</param>
    /// <param name="key">The step and op that the mask belongs to.</param>
    /// <param name="p">The share of elements that is dropped, 0 to 1.</param>
    /// <param name="src">The values.</param>
    /// <param name="dst">As long as <paramref name="src"/>.</param>
    public static unsafe void Apply(WorkerTeam team, PhiloxKey key, float p, ReadOnlySpan<float> src, Span<float> dst)
    {
        ArgumentNullException.ThrowIfNull(team);
        Guard.That(p is >= 0f and <= 1f, $"Dropout takes a p from 0 to 1, got {p}.");
        Guard.Length(src.Length, dst.Length, nameof(src));
        fixed (float* source = src, target = dst)
        {
            // A unit has 24 bits: comparing them as an integer is the same as comparing the float.
            DropoutLoop loop = new(key, source, target, (uint)Math.Ceiling((double)p * (1 << 24)), p < 1f ? 1f / (1f - p) : 0f);
            team.RunRange(dst.Length, ref loop);
        }
    }

    /// <summary>The same on bfloat16: the same mask, each product rounded once.</summary>
    /// <param name="team">The threads.</param>
    /// <param name="key">The step and op that the mask belongs to.</param>
    /// <param name="p">The share of elements that is dropped, 0 to 1.</param>
    /// <param name="src">The values.</param>
    /// <param name="dst">As long as <paramref name="src"/>.</param>
    public static unsafe void Apply(WorkerTeam team, PhiloxKey key, float p, ReadOnlySpan<ushort> src, Span<ushort> dst)
    {
        ArgumentNullException.ThrowIfNull(team);
        Guard.That(p is >= 0f and <= 1f, $"Dropout takes a p from 0 to 1, got {p}.");
        Guard.Length(src.Length, dst.Length, nameof(src));
        fixed (ushort* source = src, target = dst)
        {
            HalfLoop loop = new(key, source, target, p);
            team.RunRange(dst.Length, ref loop);
        }
    }

    /// <summary>Block by block through the float32 loop: the masks are one piece of code, and a block of them stays in the first cache.</summary>
    private readonly unsafe struct HalfLoop(PhiloxKey key, ushort* src, ushort* dst, float p) : IRangeBody
    {
        private const int Block = 1024;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Invoke(nint start, nint length)
        {
            float* values = stackalloc float[Block];
            uint threshold = (uint)Math.Ceiling((double)p * (1 << 24));
            for (nint done = 0; done < length; done += Block)
            {
                nint first = start + done, count = Math.Min(Block, length - done);
                for (nint i = 0; i < count; i++)
                    values[i] = BFloat16.ToSingle(src[first + i]);
                new DropoutLoop(key, values - first, values - first, threshold, p < 1f ? 1f / (1f - p) : 0f).Invoke(first, count);
                BFloat16.Narrow(values, dst + first, count);
            }
        }
    }

    private readonly unsafe struct DropoutLoop(PhiloxKey key, float* src, float* dst, uint threshold, float scale) : IRangeBody
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Invoke(nint start, nint length)
        {
            // Blocks of the range loop start at multiples of 32, so whole Philox blocks belong to one worker.
            nint i = 0;
            if (Avx512F.IsSupported)
            {
                Vector512<uint> limit = Vector512.Create(threshold);
                Vector512<float> factor = Vector512.Create(scale);
                for (; i <= length - 32; i += 32)
                {
                    (Vector512<uint> low, Vector512<uint> high) = PhiloxVector.Words32(key, (ulong)(start + i) >> 2);
                    float* x = src + start + i, z = dst + start + i;
                    Keep(low, limit, Vector512.Load(x), factor).Store(z);
                    Keep(high, limit, Vector512.Load(x + 16), factor).Store(z + 16);
                }
            }
            for (; i < length; i += 4)
            {
                (uint x0, uint x1, uint x2, uint x3) = key.Words((ulong)(start + i) >> 2);
                Keep(start + i, x0);
                if (i + 1 < length)
                    Keep(start + i + 1, x1);
                if (i + 2 < length)
                    Keep(start + i + 2, x2);
                if (i + 3 < length)
                    Keep(start + i + 3, x3);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector512<float> Keep(Vector512<uint> words, Vector512<uint> limit, Vector512<float> x, Vector512<float> factor) =>
            Vector512.ConditionalSelect(Vector512.GreaterThanOrEqual(words >>> 8, limit).AsSingle(), x * factor, Vector512<float>.Zero);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Keep(nint index, uint word) => dst[index] = word >> 8 >= threshold ? src[index] * scale : 0f;
    }
}
