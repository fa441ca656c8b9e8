namespace Fovea.Kernels;

/// <summary>
/// Where Winograd is faster than oneDNN's kernels: a rule on the sizes alone, so that plans are the same from run to run. Work is counted in vector
/// multiply-adds; its constants were fitted to measurements on a two-core Zen 5.
/// </summary>
public static class WinogradChoice
{
    // Per vector of 16 numbers of a transformed tile: two passes of additions, loads and stores, in multiply-adds that would take as long.
    private const double SourceWork = 22, ResultWork = 22;

    // The same per vector of transformed weights; they are gathered one number at a time and go through memory.
    private const double KernelWork = 60, LargeKernelWork = 120;

    // Transformed weights beyond this many numbers, 16 MiB, come from memory each time: 512 x 512 channels do.
    private const double LargeKernels = 4 << 20;

    // Beyond this many, 32 MiB, no cache keeps them between the blocks of tiles of a picture: every block fetches all of them from memory. Per vector.
    private const double StreamedKernels = 8 << 20, StreamWork = 10;

    // With fewer channels nearly all the work is in the transforms, and the count too coarse.
    private const int FewestChannels = 32;

    /// <summary>The fastest form for a pass, or null where oneDNN's own kernel is faster; always null without AVX-512.</summary>
    /// <param name="shape">The sizes.</param>
    /// <param name="pass">The pass.</param>
    /// <param name="half">True where pictures are bfloat16: oneDNN then multiplies at twice the rate, directly.</param>
    public static WinogradForm? Best(in Conv2dShape shape, ConvPass pass, bool half)
    {
        shape.Check();
        if (!Tile512.IsSupported || Math.Min(shape.IC, shape.OC) < FewestChannels)
            return null;
        WinogradForm? best = null;
        double least = (double)shape.N * shape.OH * shape.OW * shape.IC * shape.OC * shape.KH * shape.KW / WinogradGrid.Channels / Rate(shape, pass, half);
        foreach (WinogradForm form in (ReadOnlySpan<WinogradForm>)[WinogradForm.F4x3, WinogradForm.F2x5, WinogradForm.F6x3, WinogradForm.F4x5])
        {
            // The errors of eight points would show in float32.
            if (!WinogradConv.Computes(form, shape) || (!half && form is (WinogradForm.F6x3 or WinogradForm.F4x5)))
                continue;
            double work = Work(WinogradConv.Grid(form, shape, pass), pass);
            if (work < least)
                (best, least) = (form, work);
        }
        return best;
    }

    /// <summary>
    /// True where a form's kernels come from memory for every block of tiles: its products then wait for them. oneDNN's Winograd fetches them once, and stores the pictures'
    /// transformed tiles instead.
    /// </summary>
    /// <param name="form">The form.</param>
    /// <param name="shape">The sizes.</param>
    /// <param name="pass">The pass; gradients of weights have no transformed kernels.</param>
    public static bool Streams(WinogradForm form, in Conv2dShape shape, ConvPass pass) => Streams(WinogradConv.Grid(form, shape, pass), pass);

    private static bool Streams(in WinogradGrid grid, ConvPass pass) =>
        pass != ConvPass.BackwardWeights && (double)grid.Points * grid.Sources * grid.Targets > StreamedKernels;

    /// <summary>oneDNN's multiplications by the definition, for one vector multiply-add.</summary>
    private static double Rate(in Conv2dShape shape, ConvPass pass, bool half)
    {
        if (half)
            return pass == ConvPass.BackwardWeights ? 1.45 : 1.75;
        // Its own Winograd computes 3 x 3 in float32.
        return shape.KH == 3 ? 1.6 : 0.85;
    }

    private static double Work(in WinogradGrid grid, ConvPass pass)
    {
        double pairs = (double)grid.Sources * grid.Targets / WinogradGrid.Channels, tiles = grid.Tiles;
        double products = tiles * grid.Points * pairs;
        double transforms = tiles * grid.Points / WinogradGrid.Channels * ((SourceWork * grid.Sources) + (ResultWork * grid.Targets));
        double kernels = (grid.Points * pairs * WinogradGrid.Channels > LargeKernels ? LargeKernelWork : KernelWork) * grid.Points * pairs;
        double blocks = Math.Ceiling(tiles / WinogradPlan.Of(grid, 1).BlockTiles), fetches = Streams(grid, pass) ? StreamWork * blocks * grid.Points * pairs : 0;
        return (products / 0.93) + transforms + kernels + fetches;
    }
}
