using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <summary>
/// Convolution with stride 1 and its gradients by Winograd's algorithms: fewer products than the definition takes. Activations and their gradients, in
/// float32 or bfloat16, lie in blocks of 16 channels, [N, C / 16, H, W, 16] (oneDNN's nChw16c); weights and their gradients are plain float32
/// [OC, IC, taps, taps]; all arithmetic is float32. Pictures come out with the same bits at any number of threads, gradients of weights at the same number.
/// </summary>
/// <remarks>
/// Rounding: the transforms' numbers are larger than what they stand for (<see cref="WinogradForm"/> says by how much). A NaN or infinity in the source
/// reaches the whole tile that it lies in.
/// </remarks>
public static class WinogradConv
{
    /// <summary>Whether a form computes these sizes: its kernel, stride 1, one group, channels in multiples of 16.</summary>
    /// <param name="form">The form.</param>
    /// <param name="shape">The sizes.</param>
    public static bool Computes(WinogradForm form, in Conv2dShape shape)
    {
        int taps = Taps(form);
        return shape is { StrideH: 1, StrideW: 1, Groups: 1 } && shape.KH == taps && shape.KW == taps
            && shape.IC % WinogradGrid.Channels == 0 && shape.OC % WinogradGrid.Channels == 0;
    }

    /// <summary>The form's name in papers: "F(4x4, 3x3)".</summary>
    /// <param name="form">The form.</param>
    public static string Name(WinogradForm form) => $"F({Outputs(form)}x{Outputs(form)}, {Taps(form)}x{Taps(form)})";

    /// <summary>Bytes of scratch for a pass.</summary>
    /// <param name="form">The form.</param>
    /// <param name="shape">The sizes.</param>
    /// <param name="pass">The pass.</param>
    /// <param name="threads">Threads of the team.</param>
    public static long ScratchBytes(WinogradForm form, in Conv2dShape shape, ConvPass pass, int threads)
    {
        Check(form, shape);
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        if (pass != ConvPass.BackwardWeights)
            return WinogradPlan.Of(Grid(form, shape, pass), threads).Bytes;
        WinogradGrid grid = Grid(form, shape, pass);
        return WinogradGradientPlan.Of(grid, threads).Bytes(grid);
    }

    /// <typeparam name="T">float, or ushort for bfloat16 (rounded to nearest even).</typeparam>
    /// <summary>dst = src convolved with weights, plus bias, and what <paramref name="end"/> says.</summary>
    /// <param name="team">The threads.</param>
    /// <param name="form">The form.</param>
    /// <param name="shape">The sizes, which the form computes (<see cref="Computes"/>); any padding.</param>
    /// <param name="src">[N, IC / 16, H, W, 16].</param>
    /// <param name="weights">[OC, IC, taps, taps].</param>
    /// <param name="bias">[OC], or empty.</param>
    /// <param name="end">What else is done with a result.</param>
    /// <param name="dst">[N, OC / 16, OH, OW, 16].</param>
    /// <param name="scratch">At least <see cref="ScratchBytes"/> bytes.</param>
    public static unsafe void Forward<T>(
        WorkerTeam team, WinogradForm form, in Conv2dShape shape, ReadOnlySpan<T> src, ReadOnlySpan<float> weights, ReadOnlySpan<float> bias, WinogradEnd end,
        Span<T> dst, Span<byte> scratch)
        where T : unmanaged
    {
        Check(team, form, shape, ConvPass.Forward, src.Length, weights.Length, bias.Length, dst.Length, scratch.Length);
        fixed (T* source = src, target = dst)
        fixed (float* kernel = weights, shift = bias)
        fixed (byte* memory = scratch)
            Run(team, form, Grid(form, shape, ConvPass.Forward), false, source, kernel, shift, end, target, memory);
    }

    /// <summary>diffSrc = the gradient of the source; all of it is written.</summary>
    /// <param name="team">The threads.</param>
    /// <param name="form">The form.</param>
    /// <param name="shape">The sizes, as for <see cref="Forward"/>.</param>
    /// <param name="diffDst">[N, OC / 16, OH, OW, 16].</param>
    /// <param name="weights">[OC, IC, taps, taps].</param>
    /// <param name="diffSrc">[N, IC / 16, H, W, 16].</param>
    /// <param name="scratch">At least <see cref="ScratchBytes"/> bytes.</param>
    public static unsafe void BackwardData<T>(
        WorkerTeam team, WinogradForm form, in Conv2dShape shape, ReadOnlySpan<T> diffDst, ReadOnlySpan<float> weights, Span<T> diffSrc,
        Span<byte> scratch)
        where T : unmanaged
    {
        Check(team, form, shape, ConvPass.BackwardData, diffSrc.Length, weights.Length, 0, diffDst.Length, scratch.Length);
        fixed (T* gradient = diffDst, target = diffSrc)
        fixed (float* kernel = weights)
        fixed (byte* memory = scratch)
            Run(team, form, Grid(form, shape, ConvPass.BackwardData), true, gradient, kernel, null, WinogradEnd.None, target, memory);
    }

    /// <summary>diffWeights = the gradient of the weights, and diffBias = the sums of diffDst per channel (left out where it is empty).</summary>
    /// <param name="team">The threads.</param>
    /// <param name="form">The form.</param>
    /// <param name="shape">The sizes, as for <see cref="Forward"/>.</param>
    /// <param name="src">[N, IC / 16, H, W, 16].</param>
    /// <param name="diffDst">[N, OC / 16, OH, OW, 16].</param>
    /// <param name="diffWeights">[OC, IC, taps, taps].</param>
    /// <param name="diffBias">[OC], or empty.</param>
    /// <param name="scratch">At least <see cref="ScratchBytes"/> bytes.</param>
    public static unsafe void BackwardWeights<T>(
        WorkerTeam team, WinogradForm form, in Conv2dShape shape, ReadOnlySpan<T> src, ReadOnlySpan<T> diffDst, Span<float> diffWeights,
        Span<float> diffBias, Span<byte> scratch)
        where T : unmanaged
    {
        Check(team, form, shape, ConvPass.BackwardWeights, src.Length, diffWeights.Length, diffBias.Length, diffDst.Length, scratch.Length);
        fixed (T* source = src, gradient = diffDst)
        fixed (float* target = diffWeights, sums = diffBias)
        fixed (byte* memory = scratch)
            Gradient(team, form, Grid(form, shape, ConvPass.BackwardWeights), source, gradient, target, sums, memory);
    }

    private static int Taps(WinogradForm form) => form is WinogradForm.F2x5 or WinogradForm.F4x5 ? 5 : 3;

    private static int Outputs(WinogradForm form) => form switch { WinogradForm.F2x5 => 2, WinogradForm.F6x3 => 6, _ => 4 };

    internal static WinogradGrid Grid(WinogradForm form, in Conv2dShape shape, ConvPass pass) =>
        pass == ConvPass.BackwardData ? WinogradGrid.BackwardData(shape, Outputs(form)) : WinogradGrid.Forward(shape, Outputs(form));

    private static unsafe void Run<T>(
        WorkerTeam team, WinogradForm form, in WinogradGrid grid, bool turned, T* src, float* weights, float* bias, WinogradEnd end, T* dst, byte* scratch)
        where T : unmanaged
    {
        switch (form)
        {
            case WinogradForm.F2x5:
                WinogradPicture<WinogradF2x5, T>.Run(team, grid, turned, src, weights, bias, end, dst, scratch);
                break;
            case WinogradForm.F4x3:
                WinogradPicture<WinogradF4x3, T>.Run(team, grid, turned, src, weights, bias, end, dst, scratch);
                break;
            case WinogradForm.F4x5:
                WinogradPicture<WinogradF4x5, T>.Run(team, grid, turned, src, weights, bias, end, dst, scratch);
                break;
            case WinogradForm.F6x3:
                WinogradPicture<WinogradF6x3, T>.Run(team, grid, turned, src, weights, bias, end, dst, scratch);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(form), form, null);
        }
    }

    private static unsafe void Gradient<T>(
        WorkerTeam team, WinogradForm form, in WinogradGrid grid, T* src, T* diffDst, float* diffWeights, float* diffBias, byte* scratch)
        where T : unmanaged
    {
        switch (form)
        {
            case WinogradForm.F2x5:
                WinogradBackwardWeights<WinogradF2x5, T>.Run(team, grid, src, diffDst, diffWeights, diffBias, scratch);
                break;
            case WinogradForm.F4x3:
                WinogradBackwardWeights<WinogradF4x3, T>.Run(team, grid, src, diffDst, diffWeights, diffBias, scratch);
                break;
            case WinogradForm.F4x5:
                WinogradBackwardWeights<WinogradF4x5, T>.Run(team, grid, src, diffDst, diffWeights, diffBias, scratch);
                break;
            case WinogradForm.F6x3:
                WinogradBackwardWeights<WinogradF6x3, T>.Run(team, grid, src, diffDst, diffWeights, diffBias, scratch);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(form), form, null);
        }
    }

    private static void Check(WinogradForm form, in Conv2dShape shape)
    {
        shape.Check();
        Guard.That(Computes(form, shape),
            $"Winograd's {form} takes {Taps(form)} x {Taps(form)} kernels with stride 1, one group and channels in multiples of 16, got {shape}.");
    }

    /// <summary>The lengths of a pass: what it reads and writes has the sizes of the convolution's source, weights, bias and result, gradient or not.</summary>
    private static void Check(
        WorkerTeam team, WinogradForm form, in Conv2dShape shape, ConvPass pass, int src, int weights, int bias, int dst, int scratch)
    {
        ArgumentNullException.ThrowIfNull(team);
        Check(form, shape);
        (bool ofSource, bool ofWeights) = (pass == ConvPass.BackwardData, pass == ConvPass.BackwardWeights);
        Guard.Length(src, shape.SrcLength, ofSource ? "diffSrc" : "src");
        Guard.Length(weights, shape.WeightsLength, ofWeights ? "diffWeights" : "weights");
        Guard.LengthOrEmpty(bias, shape.OC, ofWeights ? "diffBias" : "bias");
        Guard.Length(dst, shape.DstLength, pass == ConvPass.Forward ? "dst" : "diffDst");
        Guard.Scratch(scratch, ScratchBytes(form, shape, pass, team.Threads));
    }
}
