using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <summary>
/// 2-D convolution and its gradients over plain [N, C, H, W] tensors, as matrix products whose right-hand panels are packed straight from the
/// picture:
/// the matrix of all windows never exists. The same bits come out at any number of threads.
/// </summary>
public static class Conv2dKernels
{
    /// <summary>Bytes of scratch for <see cref="Forward"/>.</summary>
    public static long ForwardScratch(in Conv2dShape shape, int threads)
    {
        shape.Check();
        return Tile.Best<ForwardBytes, long>(new ForwardBytes(shape, threads));
    }

    /// <summary>Bytes of scratch for <see cref="BackwardData"/>.</summary>
    public static long BackwardDataScratch(in Conv2dShape shape, int threads)
    {
        shape.Check();
        return Tile.Best<BackwardDataBytes, long>(new BackwardDataBytes(shape, threads));
    }

    /// <summary>Bytes of scratch for <see cref="BackwardWeights"/>.</summary>
    public static long BackwardWeightsScratch(in Conv2dShape shape, int threads)
    {
        shape.Check();
        return Tile.Best<BackwardWeightsBytes, long>(new BackwardWeightsBytes(shape, threads));
    }

    /// <summary>dst = src convolved with weights, plus bias, plus dst itself where <paramref name="accumulate"/> is set, then max(0, dst) where <paramref name="relu"/> is.</summary>
    /// <param name="team">The threads.</param>
    /// <param name="shape">The sizes.</param>
    /// <param name="src">[N, IC, H, W].</param>
    /// <param name="weights">[OC, IC / Groups, KH, KW].</param>
    /// <param name="bias">[OC], or empty.</param>
    /// <param name="relu">Whether the activation is fused.</param>
    /// <param name="dst">[N, OC, OH, OW].</param>
    /// <param name="scratch">At least <see cref="ForwardScratch"/> bytes.</param>
    /// <param name="accumulate">True adds to what dst holds; false overwrites it.</param>
    public static unsafe void Forward(
        WorkerTeam team, in Conv2dShape shape, ReadOnlySpan<float> src, ReadOnlySpan<float> weights, ReadOnlySpan<float> bias, bool relu,
        Span<float> dst, Span<byte> scratch, bool accumulate = false)
    {
        ArgumentNullException.ThrowIfNull(team);
        shape.Check();
        Guard.Length(src.Length, shape.SrcLength, nameof(src));
        Guard.Length(weights.Length, shape.WeightsLength, nameof(weights));
        Guard.LengthOrEmpty(bias.Length, shape.OC, nameof(bias));
        Guard.Length(dst.Length, shape.DstLength, nameof(dst));
        Guard.Scratch(scratch.Length, ForwardScratch(shape, team.Threads));
        fixed (float* source = src, kernel = weights, shift = bias, target = dst)
        fixed (byte* memory = scratch)
            _ = Tile.Best<ForwardRun, bool>(new ForwardRun(team, shape, source, kernel, shift, accumulate, relu, target, memory));
    }

    /// <summary>diffSrc = the gradient of the source; all of it is written.</summary>
    /// <param name="team">The threads.</param>
    /// <param name="shape">The sizes.</param>
    /// <param name="diffDst">[N, OC, OH, OW].</param>
    /// <param name="weights">[OC, IC / Groups, KH, KW].</param>
    /// <param name="diffSrc">[N, IC, H, W].</param>
    /// <param name="scratch">At least <see cref="BackwardDataScratch"/> bytes.</param>
    public static unsafe void BackwardData(
        WorkerTeam team, in Conv2dShape shape, ReadOnlySpan<float> diffDst, ReadOnlySpan<float> weights, Span<float> diffSrc, Span<byte> scratch)
    {
        ArgumentNullException.ThrowIfNull(team);
        shape.Check();
        Guard.Length(diffDst.Length, shape.DstLength, nameof(diffDst));
        Guard.Length(weights.Length, shape.WeightsLength, nameof(weights));
        Guard.Length(diffSrc.Length, shape.SrcLength, nameof(diffSrc));
        Guard.Scratch(scratch.Length, BackwardDataScratch(shape, team.Threads));
        fixed (float* gradient = diffDst, kernel = weights, target = diffSrc)
        fixed (byte* memory = scratch)
            _ = Tile.Best<BackwardDataRun, bool>(new BackwardDataRun(team, shape, gradient, kernel, target, memory));
    }

    /// <summary>diffWeights = the gradient of the weights, and diffBias = the sums of diffDst per channel (left out where it is empty).</summary>
    /// <param name="team">The threads.</param>
    /// <param name="shape">The sizes.</param>
    /// <param name="src">[N, IC, H, W].</param>
    /// <param name="diffDst">[N, OC, OH, OW].</param>
    /// <param name="diffWeights">[OC, IC / Groups, KH, KW].</param>
    /// <param name="diffBias">[OC], or empty.</param>
    /// <param name="scratch">At least <see cref="BackwardWeightsScratch"/> bytes.</param>
    public static unsafe void BackwardWeights(
        WorkerTeam team, in Conv2dShape shape, ReadOnlySpan<float> src, ReadOnlySpan<float> diffDst, Span<float> diffWeights, Span<float> diffBias,
        Span<byte> scratch)
    {
        ArgumentNullException.ThrowIfNull(team);
        shape.Check();
        Guard.Length(src.Length, shape.SrcLength, nameof(src));
        Guard.Length(diffDst.Length, shape.DstLength, nameof(diffDst));
        Guard.Length(diffWeights.Length, shape.WeightsLength, nameof(diffWeights));
        Guard.LengthOrEmpty(diffBias.Length, shape.OC, nameof(diffBias));
        Guard.Scratch(scratch.Length, BackwardWeightsScratch(shape, team.Threads));
        fixed (float* source = src, gradient = diffDst, target = diffWeights, sums = diffBias)
        fixed (byte* memory = scratch)
            _ = Tile.Best<BackwardWeightsRun, bool>(new BackwardWeightsRun(team, shape, source, gradient, target, sums, memory));
    }

    private readonly struct ForwardBytes(Conv2dShape shape, int threads) : ITileUser<long>
    {
        public long Invoke<TTile>()
            where TTile : struct, ITile => ConvForward.Bytes<TTile>(shape, threads);
    }

    private readonly struct BackwardDataBytes(Conv2dShape shape, int threads) : ITileUser<long>
    {
        public long Invoke<TTile>()
            where TTile : struct, ITile => ConvBackwardData.Bytes<TTile>(shape, threads);
    }

    private readonly struct BackwardWeightsBytes(Conv2dShape shape, int threads) : ITileUser<long>
    {
        public long Invoke<TTile>()
            where TTile : struct, ITile => ConvBackwardWeights.Bytes<TTile>(shape, threads);
    }

    private readonly unsafe struct ForwardRun(
        WorkerTeam team, Conv2dShape shape, float* src, float* weights, float* bias, bool accumulate, bool relu, float* dst, byte* scratch)
        : ITileUser<bool>
    {
        public bool Invoke<TTile>()
            where TTile : struct, ITile
        {
            ConvForward.Run<TTile>(team, shape, src, weights, bias, accumulate, relu, dst, scratch);
            return true;
        }
    }

    private readonly unsafe struct BackwardDataRun(WorkerTeam team, Conv2dShape shape, float* diffDst, float* weights, float* diffSrc, byte* scratch)
        : ITileUser<bool>
    {
        public bool Invoke<TTile>()
            where TTile : struct, ITile
        {
            ConvBackwardData.Run<TTile>(team, shape, diffDst, weights, diffSrc, scratch);
            return true;
        }
    }

    private readonly unsafe struct BackwardWeightsRun(
        WorkerTeam team, Conv2dShape shape, float* src, float* diffDst, float* diffWeights, float* diffBias, byte* scratch) : ITileUser<bool>
    {
        public bool Invoke<TTile>()
            where TTile : struct, ITile
        {
            ConvBackwardWeights.Run<TTile>(team, shape, src, diffDst, diffWeights, diffBias, scratch);
            return true;
        }
    }
}
