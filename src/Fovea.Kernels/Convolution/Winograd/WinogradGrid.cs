namespace Fovea.Kernels;

/// <summary>
/// A convolution cut into tiles. Forward and backward data are both of this form. Tiles are numbered over images, rows and columns.
/// </summary>
/// <param name="Images">Images.</param>
/// <param name="Sources">Channels of what is read.</param>
/// <param name="SourceH">Its rows.</param>
/// <param name="SourceW">Its columns.</param>
/// <param name="Targets">Channels of what is written.</param>
/// <param name="TargetH">Its rows.</param>
/// <param name="TargetW">Its columns.</param>
/// <param name="Top">Result row i reads source rows from i - Top on.</param>
/// <param name="Left">Result column i reads source columns from i - Left on.</param>
/// <param name="Outputs">Side of a tile of the result.</param>
/// <param name="Taps">Side of the kernel.</param>
/// <param name="TilesH">Rows of tiles of an image.</param>
/// <param name="TilesW">Columns of tiles of an image.</param>
internal readonly record struct WinogradGrid(
    int Images, int Sources, int SourceH, int SourceW, int Targets, int TargetH, int TargetW, int Top, int Left, int Outputs, int Taps, int TilesH,
    int TilesW)
{
    /// <summary>Channels of a vector, and of a block of the layout.</summary>
    public const int Channels = 16;

    /// <summary>The largest side of a tile.</summary>
    public const int MostSide = 8;

    /// <summary>The most numbers of a tile.</summary>
    public const int MostPoints = MostSide * MostSide;

    public int Tiles => Images * TilesH * TilesW;

    /// <summary>Side of a tile of the source.</summary>
    public int Side => Outputs + Taps - 1;

    /// <summary>Numbers of a tile: products for every pair of channels.</summary>
    public int Points => Side * Side;

    public int SourceBlocks => Sources / Channels;

    public int TargetBlocks => Targets / Channels;

    /// <summary>Numbers of a block of channels of one image.</summary>
    public nint SourcePlane => (nint)SourceH * SourceW * Channels;

    /// <summary>Numbers of a block of channels of one image.</summary>
    public nint TargetPlane => (nint)TargetH * TargetW * Channels;

    public static WinogradGrid Forward(in Conv2dShape s, int outputs) =>
        new(s.N, s.IC, s.H, s.W, s.OC, s.OH, s.OW, s.PadTop, s.PadLeft, outputs, s.KH, Over(s.OH, outputs), Over(s.OW, outputs));

    /// <summary>The gradient of the source is the convolution of the result's gradient with the kernel turned by 180 degrees.</summary>
    public static WinogradGrid BackwardData(in Conv2dShape s, int outputs) =>
        new(s.N, s.OC, s.OH, s.OW, s.IC, s.H, s.W, s.KH - 1 - s.PadTop, s.KW - 1 - s.PadLeft, outputs, s.KH, Over(s.H, outputs), Over(s.W, outputs));

    /// <summary>Where a tile lies.</summary>
    public WinogradPlace Place(int tile)
    {
        (int row, int x) = Math.DivRem(tile, TilesW);
        (int image, int y) = Math.DivRem(row, TilesH);
        return new WinogradPlace { Image = image, Y = y, X = x };
    }

    private static int Over(int length, int part) => (length + part - 1) / part;
}

/// <summary>The image, row and column of a tile.</summary>
internal struct WinogradPlace
{
    public int Image, Y, X;

    /// <summary>Steps to the next tile.</summary>
    public void Next(in WinogradGrid grid)
    {
        if (++X < grid.TilesW)
            return;
        X = 0;
        if (++Y < grid.TilesH)
            return;
        Y = 0;
        Image++;
    }
}
