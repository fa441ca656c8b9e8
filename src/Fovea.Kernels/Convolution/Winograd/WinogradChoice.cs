namespace Fovea.Kernels;

/// <summary>
/// Where Winograd is faster than oneDNN's kernels: a rule on the sizes alone, so that plans are the same from run to run. Work is counted in vector
/// multiply-adds; its constants were fitted to measurements on a two-core Zen 5.
/// </summary>
public static class WinogradChoice
{
    // Transformed weights beyond this many numbers, 16 MiB, come from memory each time: 512 x 512 channels do.
    private const double LargeKernels = 4 << 20;

    // Beside bfloat16 on a quiet machine, relative root mean square error 7 % over 56 pairs of shape and form: forward and backward data, and the gradient of the weights, whose tiles go through the
    // last-level cache.
    private static readonly WinogradCosts Single = new(1 / 0.93, 22, 22, 60, 120), Half = new(1 / 0.93, 22, 32, 100, 150), HalfGradient = new(1.37, 81, 81, 63, 63);

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
            double work = Work(WinogradConv.Grid(form, shape, pass), half ? pass == ConvPass.BackwardWeights ? HalfGradient : Half : Single);
            if (work < least)
                (best, least) = (form, work);
        }
        return best;
    }

    /// <summary>Multiplications by the definition that the best of the other kernels does while Winograd's do a vector multiply-add.</summary>
    private static double Rate(in Conv2dShape shape, ConvPass pass, bool half)
    {
        if (half)
            return pass == ConvPass.BackwardWeights ? 1.85 : 2;
        // Its own Winograd computes 3 x 3 in float32.
        return shape.KH == 3 ? 1.6 : 0.85;
    }

    private static double Work(in WinogradGrid grid, in WinogradCosts costs)
    {
        double pairs = (double)grid.Sources * grid.Targets / WinogradGrid.Channels, tiles = grid.Tiles;
        double products = tiles * grid.Points * pairs;
        double transforms = tiles * grid.Points / WinogradGrid.Channels * ((costs.Source * grid.Sources) + (costs.Result * grid.Targets));
        double kernels = (grid.Points * pairs * WinogradGrid.Channels > LargeKernels ? costs.LargeKernel : costs.Kernel) * grid.Points * pairs;
        return (costs.Product * products) + transforms + kernels;
    }

    /// <summary>Multiply-adds that would take as long, per vector of 16 numbers.</summary>
    /// <param name="Product">A multiply-add of a product.</param>
    /// <param name="Source">A transformed tile of the source: two passes of additions, loads and stores.</param>
    /// <param name="Result">The same of the result.</param>
    /// <param name="Kernel">Transformed weights, which are gathered one number at a time.</param>
    /// <param name="LargeKernel">Those that go through memory.</param>
    private readonly record struct WinogradCosts(double Product, double Source, double Result, double Kernel, double LargeKernel);
}
