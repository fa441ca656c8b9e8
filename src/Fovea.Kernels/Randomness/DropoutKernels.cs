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
        Guard.Length(src.Length, dst.Length, nameof(src));
        fixed (float* source = src, target = dst)
            Apply(team, key, p, (FloatElement*)source, (FloatElement*)target, dst.Length);
    }

    /// <summary>The same on bfloat16: the same mask, each product rounded once.</summary>
    /// <param name="team">The threads.</param>
    /// <param name="key">The step and op that the mask belongs to.</param>
    /// <param name="p">The share of elements that is dropped, 0 to 1.</param>
    /// <param name="src">The values.</param>
    /// <param name="dst">As long as <paramref name="src"/>.</param>
    public static unsafe void Apply(WorkerTeam team, PhiloxKey key, float p, ReadOnlySpan<ushort> src, Span<ushort> dst)
    {
        Guard.Length(src.Length, dst.Length, nameof(src));
        fixed (ushort* source = src, target = dst)
            Apply(team, key, p, (BFloat16Element*)source, (BFloat16Element*)target, dst.Length);
    }

    private static unsafe void Apply<T>(WorkerTeam team, PhiloxKey key, float p, T* src, T* dst, int count)
        where T : unmanaged, IElement<T>
    {
        ArgumentNullException.ThrowIfNull(team);
        Guard.That(p is >= 0f and <= 1f, $"Dropout takes a p from 0 to 1, got {p}.");
        // A unit has 24 bits: comparing them as an integer is the same as comparing the float.
        DropoutLoop<T> loop = new(key, src, dst, (uint)Math.Ceiling((double)p * (1 << 24)), p < 1f ? 1f / (1f - p) : 0f);
        team.RunRange(count, ref loop);
    }

    private readonly unsafe struct DropoutLoop<T>(PhiloxKey key, T* src, T* dst, uint threshold, float scale) : IRangeBody
        where T : unmanaged, IElement<T>
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
                    T* x = src + start + i, z = dst + start + i;
                    T.Store(Keep(low, limit, T.Load(x), factor), z);
                    T.Store(Keep(high, limit, T.Load(x + 16), factor), z + 16);
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
        private void Keep(nint index, uint word) => T.Write(word >> 8 >= threshold ? T.Read(src + index) * scale : 0f, dst + index);
    }
}
