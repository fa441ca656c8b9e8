using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <summary>
/// The fully connected layer for one row: every weight is read once and used once, so the memory's speed decides. Each thread reads a few rows of the weights side
/// by side, whole cache lines in order, which the processor fetches ahead of time.
/// </summary>
public static class MatrixVector
{
    // Rows that are read side by side, and rows that a thread takes at once.
    private const int Side = 4, Block = 32;

    /// <summary>dst = weights * src + bias, then max(0, dst) where <paramref name="relu"/> is set; sums in float32. The same bits whatever the threads.</summary>
    /// <param name="team">The threads.</param>
    /// <param name="src">[IC], float32.</param>
    /// <param name="weights">[OC, IC], bfloat16.</param>
    /// <param name="bias">[OC], or empty.</param>
    /// <param name="relu">Whether the activation is fused.</param>
    /// <param name="dst">[OC].</param>
    public static unsafe void Forward(WorkerTeam team, ReadOnlySpan<float> src, ReadOnlySpan<ushort> weights, ReadOnlySpan<float> bias, bool relu, Span<float> dst)
    {
        ArgumentNullException.ThrowIfNull(team);
        Guard.Length(weights.Length, (long)src.Length * dst.Length, nameof(weights));
        Guard.LengthOrEmpty(bias.Length, dst.Length, nameof(bias));
        fixed (float* x = src, shift = bias, target = dst)
        fixed (ushort* matrix = weights)
        {
            Loop loop = new(x, matrix, shift, relu, target, src.Length);
            team.RunRange(dst.Length, ref loop, Block);
        }
    }

    private readonly unsafe struct Loop(float* src, ushort* weights, float* bias, bool relu, float* dst, nint IC) : IRangeBody
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Invoke(nint start, nint length)
        {
            float* sums = stackalloc float[Side];
            for (nint row = start; row < start + length; row += Side)
            {
                nint rows = Math.Min(Side, start + length - row);
                // The last few rows are read again rather than summed in another order.
                nint first = rows == Side || row + rows < Side ? row : row + rows - Side;
                if (first + Side <= start + length && Avx512F.IsSupported)
                    Four(weights + (first * IC), sums);
                else
                    One(weights, first = row, rows, sums);
                for (nint r = row; r < row + rows; r++)
                {
                    float value = sums[r - first] + (bias == null ? 0f : bias[r]);
                    dst[r] = relu && value <= 0f ? 0f : value;
                }
            }
        }

        private void One(ushort* weights, nint first, nint rows, float* sums)
        {
            for (nint r = 0; r < rows; r++)
            {
                float sum = 0;
                for (nint i = 0; i < IC; i++)
                    sum += BFloat16.ToSingle(weights[((first + r) * IC) + i]) * src[i];
                sums[r] = sum;
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining | MethodImplOptions.AggressiveOptimization)]
        private void Four(ushort* w0, float* sums)
        {
            ushort* w1 = w0 + IC, w2 = w1 + IC, w3 = w2 + IC;
            Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default, b0 = default, b1 = default, b2 = default, b3 = default;
            nint i = 0;
            for (; i <= IC - 32; i += 32)
            {
                Vector512<float> x = Vector512.Load(src + i), y = Vector512.Load(src + i + 16);
                a0 = Avx512F.FusedMultiplyAdd(Wide(w0 + i), x, a0);
                b0 = Avx512F.FusedMultiplyAdd(Wide(w0 + i + 16), y, b0);
                a1 = Avx512F.FusedMultiplyAdd(Wide(w1 + i), x, a1);
                b1 = Avx512F.FusedMultiplyAdd(Wide(w1 + i + 16), y, b1);
                a2 = Avx512F.FusedMultiplyAdd(Wide(w2 + i), x, a2);
                b2 = Avx512F.FusedMultiplyAdd(Wide(w2 + i + 16), y, b2);
                a3 = Avx512F.FusedMultiplyAdd(Wide(w3 + i), x, a3);
                b3 = Avx512F.FusedMultiplyAdd(Wide(w3 + i + 16), y, b3);
            }
            (sums[0], sums[1], sums[2], sums[3]) = (Vector512.Sum(a0 + b0), Vector512.Sum(a1 + b1), Vector512.Sum(a2 + b2), Vector512.Sum(a3 + b3));
            for (; i < IC; i++)
            {
                sums[0] += BFloat16.ToSingle(w0[i]) * src[i];
                sums[1] += BFloat16.ToSingle(w1[i]) * src[i];
                sums[2] += BFloat16.ToSingle(w2[i]) * src[i];
                sums[3] += BFloat16.ToSingle(w3[i]) * src[i];
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector512<float> Wide(ushort* source) => (Avx512F.ConvertToVector512UInt32(Vector256.Load(source)) << 16).AsSingle();
    }
}
