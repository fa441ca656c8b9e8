using System.Diagnostics.CodeAnalysis;

namespace Fovea.OneDnn;

/// <summary>
/// The memory layouts that Fovea names itself (dnnl_format_tag_t); every other layout comes out of a query. Letters run from the outermost to the
/// innermost
/// dimension; the members that share a value are oneDNN's own aliases of one layout, for data, weights and grouped weights.
/// </summary>
[SuppressMessage("Design", "CA1069:Enums values should not be duplicated", Justification = "oneDNN's own aliases of one layout.")]
public enum FormatTag
{
    /// <summary>One dimension (a).</summary>
    X,

    /// <summary>Rows of channels (ab).</summary>
    Nc,

    /// <summary>Channels of rows: the transposed matrix (ba).</summary>
    Cn,

    /// <summary>Three dimensions in natural order (abc).</summary>
    Ncw,

    /// <summary>Three dimensions, channels innermost (acb).</summary>
    Nwc,

    /// <summary>Four dimensions in natural order (abcd): PyTorch's contiguous.</summary>
    Nchw,

    /// <summary>Four dimensions, channels innermost (acdb): PyTorch's channels_last.</summary>
    Nhwc,

    /// <summary>Four dimensions, channels in blocks of 8 (aBcd8b); channels are padded to a multiple of 8.</summary>
    NChw8c,

    /// <summary>Four dimensions, channels in blocks of 16 (aBcd16b); channels are padded to a multiple of 16.</summary>
    NChw16c,

    /// <summary>Convolution weights, outermost dimension innermost (cdba).</summary>
    Hwio,

    /// <summary>Five dimensions in natural order (abcde).</summary>
    Goihw,

    /// <summary>Grouped convolution weights, input channels innermost (abdec).</summary>
    Gohwi,

    /// <summary>A matrix's right side for bfloat16 products (BA16a64b2a): blocks of 64 columns, in them pairs of rows; rows are padded to a multiple of 32, columns to one of 64.</summary>
    PairedRows,

    /// <summary>Matrix weights, PyTorch's order (ab).</summary>
    Oi = Nc,

    /// <summary>Matrix weights, transposed (ba).</summary>
    Io = Cn,

    /// <summary>Convolution weights, PyTorch's order (abcd).</summary>
    Oihw = Nchw,

    /// <summary>Convolution weights, input channels innermost (acdb).</summary>
    Ohwi = Nhwc,
}
