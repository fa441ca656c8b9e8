namespace Fovea.Kernels;

/// <summary>
/// The sizes of a 2-D pooling over [N, C, H, W]. What the windows need at the bottom and right beyond the picture is implied by OH and OW.
/// </summary>
/// <param name="N">Images.</param>
/// <param name="C">Channels.</param>
/// <param name="H">Rows of the source.</param>
/// <param name="W">Columns of the source; at most 65,536.</param>
/// <param name="KH">Rows of the window.</param>
/// <param name="KW">Columns of the window.</param>
/// <param name="OH">Rows of the result.</param>
/// <param name="OW">Columns of the result.</param>
/// <param name="StrideH">Rows between windows.</param>
/// <param name="StrideW">Columns between windows.</param>
/// <param name="PadTop">Rows of padding above.</param>
/// <param name="PadLeft">Columns of padding to the left.</param>
/// <param name="PadBottom">Rows of padding below; only an average that counts its padding looks at it.</param>
/// <param name="PadRight">Columns of padding to the right; only an average that counts its padding looks at it.</param>
public readonly record struct Pool2dShape(int N, int C, int H, int W, int KH, int KW, int OH, int OW, int StrideH, int StrideW,
    int PadTop, int PadLeft, int PadBottom, int PadRight)
{
    /// <summary>Elements of src and diffSrc.</summary>
    public long SrcLength => (long)N * C * H * W;

    /// <summary>Elements of dst, diffDst and argmax.</summary>
    public long DstLength => (long)N * C * OH * OW;

    internal int Planes => N * C;

    internal void Check()
    {
        Guard.That(
            N >= 0 && C > 0 && H > 0 && W is > 0 and <= 65536 && KH > 0 && KW is > 0 and <= 65536 && OH > 0 && OW > 0 && StrideH > 0 && StrideW > 0
                && PadTop >= 0 && PadLeft >= 0 && PadTop < KH && PadLeft < KW && (long)N * C <= int.MaxValue && (long)H * W <= int.MaxValue,
            $"These sizes make no pooling: {this}. Sizes and strides are positive, and padding is smaller than the window.");
    }
}
