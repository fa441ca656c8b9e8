namespace Fovea.Kernels;

/// <summary>
/// One dimension of a grid of windows: window i reads, at tap t, source position i * Step + Offset + t (or - t where taps run backwards).
/// </summary>
/// <param name="Size">Windows.</param>
/// <param name="Source">Positions of the source; outside lie zeros.</param>
/// <param name="Step">Source positions between windows.</param>
/// <param name="Taps">Taps of a window.</param>
/// <param name="Offset">Where tap 0 of window 0 lies.</param>
/// <param name="Backwards">True where tap t lies t positions before tap 0.</param>
/// <param name="TargetFirst">Position in the target that window 0 writes.</param>
/// <param name="TargetStep">Target positions between windows.</param>
internal readonly record struct ConvAxis(int Size, int Source, int Step, int Taps, int Offset, bool Backwards, int TargetFirst, int TargetStep)
{
    /// <summary>The lowest source position that window 0 reads.</summary>
    public int First => Backwards ? Offset - (Taps - 1) : Offset;

    /// <summary>Tap t counted from the lowest position on.</summary>
    public int FromFirst(int tap) => Backwards ? Taps - 1 - tap : tap;

    public static ConvAxis Forward(int source, int size, int stride, int kernel, int pad) => new(size, source, stride, kernel, -pad, false, 0, 1);

    /// <summary>
    /// The gradient at source positions phase, phase + stride, ...: they are reached by the taps kernelFirst, kernelFirst + stride, ... alone,
    /// so every phase is a convolution of its own with stride 1 over the gradient of the result.
    /// </summary>
    public static ConvAxis Backward(int source, int size, int stride, int kernel, int pad, int phase)
    {
        int first = KernelFirst(stride, pad, phase);
        int taps = first < kernel ? (kernel - first + stride - 1) / stride : 0;
        return new((source - phase + stride - 1) / stride, size, 1, taps, (phase + pad - first) / stride, true, phase, stride);
    }

    public static int KernelFirst(int stride, int pad, int phase) => (phase + pad) % stride;
}

/// <summary>
/// A convolution as a matrix product: rows are channels of the target, columns are windows, the inner size runs over (channel of the source, tap row,
/// tap column).
/// Forward and backward data are both of this form.
/// </summary>
internal readonly record struct ConvGrid(
    int Images, int Groups, int Channels, int Targets, ConvAxis Vertical, ConvAxis Horizontal, int TargetH, int TargetW)
{
    public int Taps => Vertical.Taps * Horizontal.Taps;

    public int Inner => Channels * Taps;

    public int Windows => Vertical.Size * Horizontal.Size;

    public nint SourcePlane => (nint)Vertical.Source * Horizontal.Source;

    public nint TargetPlane => (nint)TargetH * TargetW;

    /// <summary>True where a picture's windows lie side by side in the target.</summary>
    public bool TargetIsWhole => Vertical.TargetStep == 1 && Horizontal.TargetStep == 1 && Horizontal.Size == TargetW;

    public static ConvGrid Forward(in Conv2dShape s)
    {
        // A 1 x 1 kernel that touches every pixel once does not know rows: one long row has no edges to care for.
        if (s is { KH: 1, KW: 1, StrideH: 1, StrideW: 1, PadTop: 0, PadLeft: 0 } && s.OH == s.H && s.OW == s.W)
        {
            int pixels = checked(s.H * s.W);
            return new(s.N, s.Groups, s.GroupIC, s.GroupOC, ConvAxis.Forward(1, 1, 1, 1, 0), ConvAxis.Forward(pixels, pixels, 1, 1, 0), 1, pixels);
        }
        return new(
            s.N, s.Groups, s.GroupIC, s.GroupOC, ConvAxis.Forward(s.H, s.OH, s.StrideH, s.KH, s.PadTop),
            ConvAxis.Forward(s.W, s.OW, s.StrideW, s.KW, s.PadLeft), s.OH, s.OW);
    }

    public static ConvGrid Backward(in Conv2dShape s, int phaseH, int phaseW)
    {
        if (s is { KH: 1, KW: 1, StrideH: 1, StrideW: 1, PadTop: 0, PadLeft: 0 } && s.OH == s.H && s.OW == s.W)
        {
            int pixels = checked(s.H * s.W);
            return new(
                s.N, s.Groups, s.GroupOC, s.GroupIC, ConvAxis.Backward(1, 1, 1, 1, 0, 0), ConvAxis.Backward(pixels, pixels, 1, 1, 0, 0), 1, pixels);
        }
        return new(
            s.N, s.Groups, s.GroupOC, s.GroupIC, ConvAxis.Backward(s.H, s.OH, s.StrideH, s.KH, s.PadTop, phaseH),
            ConvAxis.Backward(s.W, s.OW, s.StrideW, s.KW, s.PadLeft, phaseW), s.H, s.W);
    }
}
