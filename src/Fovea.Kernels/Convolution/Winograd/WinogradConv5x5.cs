using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <summary>
/// 5 x 5 convolution with stride 1 and its gradients by Winograd's F(2 x 2, 5 x 5): 36 products where the definition takes 100. Activations and their
/// gradients lie in blocks of 16 channels, [N, C / 16, H, W, 16] (oneDNN's nChw16c); weights are plain [OC, IC, 5, 5]. The same bits come out at any
/// number of threads.
/// </summary>
/// <remarks>
/// Rounding: the transforms' numbers are larger than what they stand for. With 96 channels of the source, the root mean square error of dst is 7
/// times that of a direct sum (1.3 to 1.6 times that of the usual F(4 x 4, 3 x 3)), and that of diffWeights 1.3 times that of a direct sum. A NaN or
/// infinity in the source reaches the whole tile that it lies in.
/// </remarks>
public static class WinogradConv5x5
{
    // Below this many tiles the transforms of the weights cost more than the products save.
    private const int FewestTiles = 128;

    // With fewer channels the transforms of the tiles do.
    private const int FewestChannels = 32;

    /// <summary>Whether these sizes are computed here, and faster than directly: always false without AVX-512.</summary>
    /// <param name="shape">The sizes.</param>
    public static bool Applies(in Conv2dShape shape)
    {
        shape.Check();
        if (!Tile512.IsSupported || !Computes(shape) || Math.Min(shape.IC, shape.OC) < FewestChannels)
            return false;
        // Tiles of odd pictures reach past the edge: of 7 x 7 results they compute 8 x 8, which is what the products then save no more.
        int tiles = WinogradGrid.Forward(shape).Tiles;
        return tiles >= FewestTiles && 16L * tiles <= 5L * shape.N * shape.OH * shape.OW;
    }

    /// <summary>Bytes of scratch for <see cref="Forward"/>.</summary>
    /// <param name="shape">The sizes.</param>
    /// <param name="threads">Threads of the team.</param>
    public static long ForwardScratch(in Conv2dShape shape, int threads)
    {
        Check(shape);
        return WinogradPlan.Of(WinogradGrid.Forward(shape), threads).Bytes;
    }

    /// <summary>Bytes of scratch for <see cref="BackwardData"/>.</summary>
    /// <param name="shape">The sizes.</param>
    /// <param name="threads">Threads of the team.</param>
    public static long BackwardDataScratch(in Conv2dShape shape, int threads)
    {
        Check(shape);
        return WinogradPlan.Of(WinogradGrid.BackwardData(shape), threads).Bytes;
    }

    /// <summary>Bytes of scratch for <see cref="BackwardWeights"/>.</summary>
    /// <param name="shape">The sizes.</param>
    /// <param name="threads">Threads of the team; the need is the same at any number.</param>
    public static long BackwardWeightsScratch(in Conv2dShape shape, int threads)
    {
        Check(shape);
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        WinogradGrid grid = WinogradGrid.Forward(shape);
        return WinogradGradientPlan.Of(grid).Bytes(grid);
    }

    /// <summary>dst = src convolved with weights, plus bias, then max(0, dst) where <paramref name="relu"/> is set.</summary>
    /// <param name="team">The threads.</param>
    /// <param name="shape">The sizes: a 5 x 5 kernel, stride 1, one group, channels in multiples of 16; any padding.</param>
    /// <param name="src">[N, IC / 16, H, W, 16].</param>
    /// <param name="weights">[OC, IC, 5, 5].</param>
    /// <param name="bias">[OC], or empty.</param>
    /// <param name="relu">Whether the activation is fused.</param>
    /// <param name="dst">[N, OC / 16, OH, OW, 16].</param>
    /// <param name="scratch">At least <see cref="ForwardScratch"/> bytes.</param>
    public static unsafe void Forward(
        WorkerTeam team, in Conv2dShape shape, ReadOnlySpan<float> src, ReadOnlySpan<float> weights, ReadOnlySpan<float> bias, bool relu,
        Span<float> dst, Span<byte> scratch)
    {
        ArgumentNullException.ThrowIfNull(team);
        Check(shape);
        Guard.Length(src.Length, shape.SrcLength, nameof(src));
        Guard.Length(weights.Length, shape.WeightsLength, nameof(weights));
        Guard.LengthOrEmpty(bias.Length, shape.OC, nameof(bias));
        Guard.Length(dst.Length, shape.DstLength, nameof(dst));
        Guard.Scratch(scratch.Length, ForwardScratch(shape, team.Threads));
        fixed (float* source = src, kernel = weights, shift = bias, target = dst)
        fixed (byte* memory = scratch)
            WinogradForward.Run(team, WinogradGrid.Forward(shape), false, source, kernel, shift, relu, target, memory);
    }

    /// <summary>diffSrc = the gradient of the source; all of it is written.</summary>
    /// <param name="team">The threads.</param>
    /// <param name="shape">The sizes, as for <see cref="Forward"/>.</param>
    /// <param name="diffDst">[N, OC / 16, OH, OW, 16].</param>
    /// <param name="weights">[OC, IC, 5, 5].</param>
    /// <param name="diffSrc">[N, IC / 16, H, W, 16].</param>
    /// <param name="scratch">At least <see cref="BackwardDataScratch"/> bytes.</param>
    public static unsafe void BackwardData(
        WorkerTeam team, in Conv2dShape shape, ReadOnlySpan<float> diffDst, ReadOnlySpan<float> weights, Span<float> diffSrc, Span<byte> scratch)
    {
        ArgumentNullException.ThrowIfNull(team);
        Check(shape);
        Guard.Length(diffDst.Length, shape.DstLength, nameof(diffDst));
        Guard.Length(weights.Length, shape.WeightsLength, nameof(weights));
        Guard.Length(diffSrc.Length, shape.SrcLength, nameof(diffSrc));
        Guard.Scratch(scratch.Length, BackwardDataScratch(shape, team.Threads));
        fixed (float* gradient = diffDst, kernel = weights, target = diffSrc)
        fixed (byte* memory = scratch)
            WinogradForward.Run(team, WinogradGrid.BackwardData(shape), true, gradient, kernel, null, false, target, memory);
    }

    /// <summary>diffWeights = the gradient of the weights, and diffBias = the sums of diffDst per channel (left out where it is empty).</summary>
    /// <param name="team">The threads.</param>
    /// <param name="shape">The sizes, as for <see cref="Forward"/>.</param>
    /// <param name="src">[N, IC / 16, H, W, 16].</param>
    /// <param name="diffDst">[N, OC / 16, OH, OW, 16].</param>
    /// <param name="diffWeights">[OC, IC, 5, 5].</param>
    /// <param name="diffBias">[OC], or empty.</param>
    /// <param name="scratch">At least <see cref="BackwardWeightsScratch"/> bytes.</param>
    public static unsafe void BackwardWeights(
        WorkerTeam team, in Conv2dShape shape, ReadOnlySpan<float> src, ReadOnlySpan<float> diffDst, Span<float> diffWeights, Span<float> diffBias,
        Span<byte> scratch)
    {
        ArgumentNullException.ThrowIfNull(team);
        Check(shape);
        Guard.Length(src.Length, shape.SrcLength, nameof(src));
        Guard.Length(diffDst.Length, shape.DstLength, nameof(diffDst));
        Guard.Length(diffWeights.Length, shape.WeightsLength, nameof(diffWeights));
        Guard.LengthOrEmpty(diffBias.Length, shape.OC, nameof(diffBias));
        Guard.Scratch(scratch.Length, BackwardWeightsScratch(shape, team.Threads));
        fixed (float* source = src, gradient = diffDst, target = diffWeights, sums = diffBias)
        fixed (byte* memory = scratch)
            WinogradBackwardWeights.Run(team, WinogradGrid.Forward(shape), source, gradient, target, sums, memory);
    }

    private static bool Computes(in Conv2dShape s) =>
        s is { KH: WinogradTransforms.Taps, KW: WinogradTransforms.Taps, StrideH: 1, StrideW: 1, Groups: 1 }
        && s.IC % WinogradTransforms.Channels == 0 && s.OC % WinogradTransforms.Channels == 0;

    private static void Check(in Conv2dShape shape)
    {
        shape.Check();
        Guard.That(Computes(shape),
            $"Winograd's F(2 x 2, 5 x 5) takes 5 x 5 kernels with stride 1, one group and channels in multiples of 16, got {shape}.");
    }
}
