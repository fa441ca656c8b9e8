namespace Fovea.Kernels;

/// <summary>
/// The sizes of a 2-D convolution: src [N, IC, H, W], weights [OC, IC / Groups, KH, KW], dst [N, OC, OH, OW]. The padding at the bottom and right is
/// implied by OH and OW, and may be of any size; src beyond what the windows reach is simply not read.
/// </summary>
/// <param name="N">Images.</param>
/// <param name="IC">Channels of the source; a multiple of Groups.</param>
/// <param name="H">Rows of the source.</param>
/// <param name="W">Columns of the source.</param>
/// <param name="OC">Channels of the result; a multiple of Groups.</param>
/// <param name="KH">Rows of the kernel.</param>
/// <param name="KW">Columns of the kernel.</param>
/// <param name="OH">Rows of the result.</param>
/// <param name="OW">Columns of the result.</param>
/// <param name="StrideH">Rows between windows.</param>
/// <param name="StrideW">Columns between windows.</param>
/// <param name="PadTop">Rows of zeros above.</param>
/// <param name="PadLeft">Columns of zeros to the left.</param>
/// <param name="Groups">Channels are split into this many independent convolutions.</param>
public readonly record struct Conv2dShape(
    int N, int IC, int H, int W, int OC, int KH, int KW, int OH, int OW, int StrideH, int StrideW, int PadTop, int PadLeft, int Groups)
{
    /// <summary>Elements of src and diffSrc.</summary>
    public long SrcLength => (long)N * IC * H * W;

    /// <summary>Elements of dst and diffDst.</summary>
    public long DstLength => (long)N * OC * OH * OW;

    /// <summary>Elements of weights and diffWeights.</summary>
    public long WeightsLength => (long)OC * (IC / Groups) * KH * KW;

    internal int GroupIC => IC / Groups;

    internal int GroupOC => OC / Groups;

    internal void Check() =>
        Guard.That(
            N >= 0 && IC > 0 && H > 0 && W > 0 && OC > 0 && KH > 0 && KW > 0 && OH > 0 && OW > 0 && StrideH > 0 && StrideW > 0 && PadTop >= 0
                && PadLeft >= 0 && Groups > 0 && IC % Groups == 0 && OC % Groups == 0,
            $"These sizes make no convolution: {this}. Sizes and strides are positive, padding is not negative, and Groups divides IC and OC.");
}
