using Fovea.Kernels.Threading;
using static Fovea.Kernels.WinogradGrid;

namespace Fovea.Kernels;

/// <summary>How the tiles of forward and backward data are cut: a worker takes whole blocks and keeps one in its second-level cache.</summary>
/// <param name="BlockTiles">Tiles of a block: a multiple of a product's rows. Results do not depend on it.</param>
/// <param name="PointStep">Floats between the points' matrices of transformed tiles.</param>
/// <param name="Transformed">Floats of a worker's transformed tiles.</param>
/// <param name="Products">Floats of a worker's products: one panel of target channels.</param>
/// <param name="Weights">Floats of all transformed kernels.</param>
/// <param name="Threads">Workers.</param>
internal readonly record struct WinogradPlan(int BlockTiles, nint PointStep, long Transformed, long Products, long Weights, int Threads)
{
    // Of 1 MiB: the rest is for the kernels that stream through.
    private const int CacheBytes = 800 << 10;

    public long Bytes => ((Weights + ((Transformed + Products) * Threads)) * sizeof(float)) + Scratch.Slack;

    public static WinogradPlan Of(in WinogradGrid grid, int threads)
    {
        int rows = WinogradProduct.Rows, panels = Math.Clamp(Fits(grid) / rows, 1, 8);
        int share = (int)(((long)grid.Tiles + threads - 1) / threads);
        panels = Math.Clamp((share + rows - 1) / rows, 1, panels);
        int tiles = panels * rows;
        nint step = Odd((nint)grid.Sources * tiles);
        return new WinogradPlan(tiles, step, grid.Points * step, (long)grid.Points * tiles * 2 * Channels, WinogradPanels.Length(grid), threads);
    }

    /// <summary>How many tiles a core's cache holds, with their products.</summary>
    private static int Fits(in WinogradGrid grid) => CacheBytes / (grid.Points * (grid.Sources + (2 * Channels)) * sizeof(float));

    /// <summary>An odd number of cache lines: vectors that far apart do not compete for the same few places of a cache.</summary>
    public static nint Odd(nint floats) => ((floats / Channels) | 1) * Channels;
}

/// <summary>Forward, and backward data with the roles swapped. An item is a block of tiles.</summary>
internal readonly unsafe struct WinogradForward<TForm, T>(
    WinogradGrid grid, WinogradPlan plan, T* src, float* packed, float* bias, WinogradEnd end, T* dst, float* memory) : IParallelBody
    where TForm : unmanaged, IWinogradForm
    where T : unmanaged
{
    public int Items => (grid.Tiles + plan.BlockTiles - 1) / plan.BlockTiles;

    public void Invoke(int item, int worker)
    {
        int first = item * plan.BlockTiles, count = Math.Min(plan.BlockTiles, grid.Tiles - first);
        float* v = memory + (worker * (nint)(plan.Transformed + plan.Products)), m = v + plan.Transformed;
        int points = TForm.Side * TForm.Side;
        nint blockStep = (nint)plan.BlockTiles * Channels;
        for (int block = 0; block < grid.SourceBlocks; block++)
            WinogradTiles<TForm, T>.Source(grid, src, block, first, count, v + (block * blockStep), plan.PointStep);
        for (int block = 0; block < grid.TargetBlocks; block += 2)
        {
            int width = WinogradPanels.Width(grid, block);
            float* u = packed + WinogradPanels.Start(grid, block);
            nint step = WinogradPanels.Step(grid, width);
            for (int point = 0; point < points; point++, u += step)
            {
                // The last rows may be tiles of an earlier block or nothing at all: their products are not looked at.
                for (int tile = 0; tile < count; tile += WinogradProduct.Rows)
                {
                    WinogradProduct.Multiply(width, grid.SourceBlocks, blockStep, v + (point * plan.PointStep) + ((nint)tile * Channels), u,
                        m + ((nint)tile * points * width) + (point * width), points * width);
                }
            }
            WinogradTiles<TForm, T>.Result(grid, m, width, first, count, block, bias, end, dst);
        }
    }
}
