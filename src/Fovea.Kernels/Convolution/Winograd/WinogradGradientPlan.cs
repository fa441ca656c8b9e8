using static Fovea.Kernels.WinogradGrid;

namespace Fovea.Kernels;

/// <summary>
/// How the weights' gradient is cut into parts, one for a worker. A part transforms and multiplies some of the tiles for some of the result's channels
/// and keeps all of it to itself: memory that one core has just written is slow to read from another.
/// </summary>
/// <param name="Threads">Workers: each has memory of its own, whichever parts it gets.</param>
/// <param name="TileParts">Cuts of the tiles; their gradients are added at the end.</param>
/// <param name="TargetParts">Cuts of the result's channels; the source is transformed for each.</param>
/// <param name="RoundTiles">Tiles that are transformed before they are multiplied, at most.</param>
/// <param name="GroupBlocks">Blocks of the result's channels whose sums are made together, at most.</param>
/// <param name="SourceStep">Floats between the points' matrices of the source.</param>
/// <param name="GradientStep">Floats between the points' matrices of the result's gradient.</param>
/// <param name="SumStep">Floats between the points' sums.</param>
/// <param name="Left">True where the source's channels are the left sides of the products, false where those of the result are.</param>
internal readonly record struct WinogradGradientPlan(
    int Threads, int TileParts, int TargetParts, int RoundTiles, int GroupBlocks, nint SourceStep, nint GradientStep, nint SumStep, bool Left)
{
    /// <summary>Tiles of a product: a panel of the right side stays in the first-level cache.</summary>
    public const int ProductTiles = 128;

    private const int LeastRound = 64;

    // 3 MiB of transformed tiles in a round: more of them fall out of a core's share of the caches, fewer make too much of the sums' way to and fro.
    private const int RoundNumbers = 3 << 18;

    // 20 MiB of the source's transformed tiles, from which groups of channels take all that they need in turn.
    private const int MostWaiting = 5 << 20;

    // 1.25 MiB of sums of a group.
    private const int GroupNumbers = 5 << 16;

    // Per vector of 16 numbers, in multiply-adds that take as long: a transformed tile's, of transformed sums, and of a gradient that comes from another core.
    private const double TransformWork = 11, KernelWork = 60, AddedWork = 150;

    /// <summary>Parts: no more than workers.</summary>
    public int Parts => TileParts * TargetParts;

    /// <summary>Floats between blocks of channels.</summary>
    public nint BlockStep => WinogradPlan.Odd((nint)RoundTiles * Channels);

    /// <summary>Floats of a worker's own memory.</summary>
    public nint Own(in WinogradGrid grid) => WinogradPlan.Odd(grid.Points * (SourceStep + GradientStep + SumStep));

    /// <summary>Floats of a part's gradient of all weights.</summary>
    public static nint Weights(in WinogradGrid grid) => (nint)grid.Sources * grid.Targets * grid.Taps * grid.Taps;

    /// <summary>Bytes of scratch.</summary>
    public long Bytes(in WinogradGrid grid) =>
        (((long)Own(grid) * Threads) + ((TileParts - 1) * (long)Weights(grid)) + ((long)grid.Targets * TileParts)) * sizeof(float) + Scratch.Slack;

    /// <summary>The cut that takes the least time by a count of what its slowest part does: a function of the sizes and the number of workers alone.</summary>
    public static WinogradGradientPlan Of(in WinogradGrid grid, int threads)
    {
        (int tileParts, int targetParts) = (1, 1);
        double least = double.MaxValue;
        for (int targets = 1; targets <= Math.Min(threads, grid.TargetBlocks); targets++)
        {
            int tiles = Math.Clamp(threads / targets, 1, Math.Max(grid.Tiles, 1));
            double work = Work(grid, tiles, targets);
            if (work < least)
                (tileParts, targetParts, least) = (tiles, targets, work);
        }
        return Of(grid, threads, tileParts, targetParts);
    }

    private static WinogradGradientPlan Of(in WinogradGrid grid, int threads, int tileParts, int targetParts)
    {
        int share = Math.Max(Over(grid.Tiles, tileParts), 1), blocks = Over(grid.TargetBlocks, targetParts), group = blocks;
        int round = Math.Clamp(RoundNumbers / (grid.Points * (grid.Sources + (blocks * Channels))), LeastRound, ProductTiles) / LeastRound * LeastRound;
        int tiles = Math.Min(round, share);
        // Few tiles and many channels: all tiles wait for the channels, where sums of all channels would wait for the tiles.
        if (share <= 2 * blocks * Channels && (long)share * grid.Points * grid.Sources <= MostWaiting)
            (tiles, group) = (share, Math.Clamp(GroupNumbers / (grid.Points * grid.Sources * Channels), 1, blocks));
        nint step = WinogradPlan.Odd((nint)tiles * Channels);
        // Whole panels of three blocks on the right run fastest.
        bool left = group % WinogradGradientProduct.MaxBlocks == 0 && grid.SourceBlocks % WinogradGradientProduct.MaxBlocks != 0;
        return new WinogradGradientPlan(
            threads, tileParts, targetParts, tiles, group, WinogradPlan.Odd(step * grid.SourceBlocks), WinogradPlan.Odd(step * group),
            WinogradPlan.Odd((nint)grid.Sources * group * Channels), left);
    }

    private static double Work(in WinogradGrid grid, int tileParts, int targetParts)
    {
        double targets = Over(grid.TargetBlocks, targetParts) * Channels, pairs = grid.Sources * targets, share = Over(grid.Tiles, tileParts);
        double added = (tileParts - 1) * (double)Weights(grid) / (tileParts * targetParts);
        return ((grid.Points * share * ((TransformWork * (grid.Sources + targets)) + pairs)) + (grid.Points * KernelWork * pairs) + (AddedWork * added)) / Channels;
    }

    private static int Over(int length, int part) => (length + part - 1) / part;
}
