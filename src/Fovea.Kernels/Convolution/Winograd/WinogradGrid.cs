using static Fovea.Kernels.WinogradTransforms;

namespace Fovea.Kernels;

/// <summary>
/// A convolution cut into tiles of 2 x 2 results. Forward and backward data are both of this form. Tiles are numbered over images, rows and columns.
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
internal readonly record struct WinogradGrid(
    int Images, int Sources, int SourceH, int SourceW, int Targets, int TargetH, int TargetW, int Top, int Left)
{
    public int TilesH => (TargetH + Outputs - 1) / Outputs;

    public int TilesW => (TargetW + Outputs - 1) / Outputs;

    public int Tiles => Images * TilesH * TilesW;

    public int SourceBlocks => Sources / Channels;

    public int TargetBlocks => Targets / Channels;

    /// <summary>Floats of a block of channels of one image.</summary>
    public nint SourcePlane => (nint)SourceH * SourceW * Channels;

    /// <summary>Floats of a block of channels of one image.</summary>
    public nint TargetPlane => (nint)TargetH * TargetW * Channels;

    public static WinogradGrid Forward(in Conv2dShape s) => new(s.N, s.IC, s.H, s.W, s.OC, s.OH, s.OW, s.PadTop, s.PadLeft);

    /// <summary>The gradient of the source is the convolution of the result's gradient with the kernel turned by 180 degrees.</summary>
    public static WinogradGrid BackwardData(in Conv2dShape s) =>
        new(s.N, s.OC, s.OH, s.OW, s.IC, s.H, s.W, Taps - 1 - s.PadTop, Taps - 1 - s.PadLeft);

    /// <summary>Where a tile lies.</summary>
    public WinogradPlace Place(int tile)
    {
        (int row, int x) = Math.DivRem(tile, TilesW);
        (int image, int y) = Math.DivRem(row, TilesH);
        return new WinogradPlace { Image = image, Y = y, X = x };
    }
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
