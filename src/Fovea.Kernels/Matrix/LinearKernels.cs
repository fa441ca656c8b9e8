using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <summary>The fully connected layer: src [N, IC], weights [OC, IC] as PyTorch keeps them, dst [N, OC].</summary>
public static class LinearKernels
{
    /// <summary>Bytes of scratch for <see cref="Forward"/>.</summary>
    public static long ForwardScratch(int N, int IC, int OC, int threads) => Gemm.ScratchBytes(N, OC, IC, threads);

    /// <summary>Bytes of scratch for <see cref="BackwardData"/>.</summary>
    public static long BackwardDataScratch(int N, int IC, int OC, int threads) => Gemm.ScratchBytes(N, IC, OC, threads);

    /// <summary>Bytes of scratch for <see cref="BackwardWeights"/>.</summary>
    public static long BackwardWeightsScratch(int N, int IC, int OC, int threads) => Gemm.ScratchBytes(OC, IC, N, threads);

    /// <summary>dst = src * weights^T + bias, then max(0, dst) where <paramref name="relu"/> is set.</summary>
    /// <param name="team">The threads.</param>
    /// <param name="N">Rows.</param>
    /// <param name="IC">Features of the source.</param>
    /// <param name="OC">Features of the result.</param>
    /// <param name="src">[N, IC].</param>
    /// <param name="weights">[OC, IC].</param>
    /// <param name="bias">[OC], or empty.</param>
    /// <param name="relu">Whether the activation is fused.</param>
    /// <param name="dst">[N, OC].</param>
    /// <param name="scratch">At least <see cref="ForwardScratch"/> bytes.</param>
    public static unsafe void Forward(
        WorkerTeam team, int N, int IC, int OC, ReadOnlySpan<float> src, ReadOnlySpan<float> weights, ReadOnlySpan<float> bias, bool relu,
        Span<float> dst, Span<byte> scratch)
    {
        CheckSizes(N, IC, OC, src.Length, weights.Length, dst.Length, "src", "dst");
        Guard.LengthOrEmpty(bias.Length, OC, nameof(bias));
        Gemm.Run(team, false, true, N, OC, IC, src, IC, weights, IC, 0f, dst, OC, scratch);
        if (bias.IsEmpty && !relu)
            return;
        fixed (float* target = dst, shift = bias)
        {
            RowEndLoop loop = new(target, shift, OC, relu);
            team.Run(N, ref loop);
        }
    }

    /// <summary>diffSrc = diffDst * weights.</summary>
    public static void BackwardData(
        WorkerTeam team, int N, int IC, int OC, ReadOnlySpan<float> diffDst, ReadOnlySpan<float> weights, Span<float> diffSrc, Span<byte> scratch)
    {
        CheckSizes(N, IC, OC, diffSrc.Length, weights.Length, diffDst.Length, "diffSrc", "diffDst");
        Gemm.Run(team, false, false, N, IC, OC, diffDst, OC, weights, IC, 0f, diffSrc, IC, scratch);
    }

    /// <summary>diffWeights = diffDst^T * src, and diffBias = the sum of diffDst's rows (left out where it is empty).</summary>
    public static unsafe void BackwardWeights(
        WorkerTeam team, int N, int IC, int OC, ReadOnlySpan<float> src, ReadOnlySpan<float> diffDst, Span<float> diffWeights, Span<float> diffBias,
        Span<byte> scratch)
    {
        CheckSizes(N, IC, OC, src.Length, diffWeights.Length, diffDst.Length, "src", "diffDst");
        Guard.LengthOrEmpty(diffBias.Length, OC, nameof(diffBias));
        Gemm.Run(team, true, false, OC, IC, N, diffDst, OC, src, IC, 0f, diffWeights, IC, scratch);
        if (!diffBias.IsEmpty)
            BackwardBias(team, N, OC, diffDst, diffBias);
    }

    /// <summary>diffBias = the sum of diffDst's rows, added up in float64.</summary>
    /// <param name="team">The threads.</param>
    /// <param name="N">Rows.</param>
    /// <param name="OC">Features of the result.</param>
    /// <param name="diffDst">[N, OC].</param>
    /// <param name="diffBias">[OC].</param>
    public static unsafe void BackwardBias(WorkerTeam team, int N, int OC, ReadOnlySpan<float> diffDst, Span<float> diffBias)
    {
        ArgumentNullException.ThrowIfNull(team);
        Guard.Length(diffDst.Length, (long)N * OC, nameof(diffDst));
        Guard.Length(diffBias.Length, OC, nameof(diffBias));
        fixed (float* gradient = diffDst, target = diffBias)
        {
            ColumnSumLoop loop = new(gradient, null, target, N, OC);
            team.RunRange(OC, ref loop, 256);
        }
    }

    /// <summary>The same of bfloat16.</summary>
    /// <param name="team">The threads.</param>
    /// <param name="N">Rows.</param>
    /// <param name="OC">Features of the result.</param>
    /// <param name="diffDst">[N, OC], bfloat16.</param>
    /// <param name="diffBias">[OC].</param>
    public static unsafe void BackwardBias(WorkerTeam team, int N, int OC, ReadOnlySpan<ushort> diffDst, Span<float> diffBias)
    {
        ArgumentNullException.ThrowIfNull(team);
        Guard.Length(diffDst.Length, (long)N * OC, nameof(diffDst));
        Guard.Length(diffBias.Length, OC, nameof(diffBias));
        fixed (ushort* gradient = diffDst)
        fixed (float* target = diffBias)
        {
            ColumnSumLoop loop = new(null, gradient, target, N, OC);
            team.RunRange(OC, ref loop, 256);
        }
    }

    private static void CheckSizes(int N, int IC, int OC, int src, int weights, int dst, string srcName, string dstName)
    {
        Guard.That(N >= 0 && IC > 0 && OC > 0, $"A linear layer has features, got N {N}, IC {IC}, OC {OC}.");
        Guard.Length(src, (long)N * IC, srcName, "Linear");
        Guard.Length(weights, (long)OC * IC, "weights", "Linear");
        Guard.Length(dst, (long)N * OC, dstName, "Linear");
    }

    private readonly unsafe struct RowEndLoop(float* dst, float* bias, int OC, bool relu) : IParallelBody
    {
        public void Invoke(int item, int worker)
        {
            float* row = dst + ((nint)item * OC);
            for (int i = 0; i < OC; i++)
            {
                float value = bias == null ? row[i] : row[i] + bias[i];
                row[i] = relu && value <= 0f ? 0f : value;
            }
        }
    }

    private readonly unsafe struct ColumnSumLoop(float* diffDst, ushort* half, float* diffBias, int N, int OC) : IRangeBody
    {
        public void Invoke(nint start, nint length)
        {
            for (nint i = start; i < start + length; i++)
            {
                double sum = 0;
                for (nint n = 0; n < N; n++)
                    sum += half == null ? diffDst[(n * OC) + i] : BFloat16.ToSingle(half[(n * OC) + i]);
                diffBias[i] = (float)sum;
            }
        }
    }
}
