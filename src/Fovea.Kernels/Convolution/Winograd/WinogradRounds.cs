using Fovea.Kernels.Threading;
using static Fovea.Kernels.WinogradGrid;

namespace Fovea.Kernels;

/// <summary>
/// How forward and backward data are cut where the channels are many: tiles are transformed a round at a time, by all workers into memory that the
/// last-level cache holds. Then a worker takes two blocks of target channels at a time, and keeps their kernels and products in its second-level cache
/// while the round's tiles stream by.
/// </summary>
/// <param name="RoundTiles">Tiles of a round: a multiple of a product's rows.</param>
/// <param name="ChunkBlocks">Blocks of source channels whose kernels a worker transforms at a time.</param>
/// <param name="PointStep">Floats between the points' matrices of transformed tiles.</param>
/// <param name="Packed">Floats of all transformed kernels; 0 where rounds are few enough to transform them each time, in the worker's cache.</param>
/// <param name="Transformed">Floats of a round's transformed tiles.</param>
/// <param name="Local">Floats of a worker's kernels and products.</param>
/// <param name="Threads">Workers.</param>
internal readonly record struct WinogradRounds(
    int RoundTiles, int ChunkBlocks, nint PointStep, long Packed, long Transformed, long Local, int Threads)
{
    /// <summary>Tiles that an item transforms.</summary>
    public const int ItemTiles = 3 * WinogradProduct.Rows;

    private const int ProductBytes = 600 << 10, KernelBytes = 300 << 10, FewRounds = 2;

    public long Bytes => ((Packed + Transformed + (Local * Threads)) * sizeof(float)) + Scratch.Slack;

    public static bool Applies(in WinogradGrid grid, int threads)
    {
        int panels = (grid.TargetBlocks + 1) / 2, turns = (panels + threads - 1) / threads;
        return WinogradPlan.Fits(grid) < WinogradPlan.FewestTiles && 8 * panels >= 7 * turns * threads;
    }

    public static WinogradRounds Of(in WinogradGrid grid, int threads)
    {
        int rows = WinogradProduct.Rows, perPoint = grid.Points * 2 * Channels * sizeof(float);
        int most = ProductBytes / perPoint / rows * rows, rounds = (grid.Tiles + most - 1) / most;
        int tiles = (((grid.Tiles + rounds - 1) / rounds) + rows - 1) / rows * rows;
        int chunk = Math.Min(Math.Max(1, KernelBytes / (perPoint * Channels)), grid.SourceBlocks);
        bool packed = rounds > FewRounds;
        nint step = WinogradPlan.Odd((nint)grid.Sources * tiles);
        long local = (long)grid.Points * tiles * 2 * Channels;
        if (!packed)
            local += grid.Points * (long)WinogradPlan.Odd(chunk * Channels * 2 * Channels);
        return new WinogradRounds(tiles, chunk, step, packed ? WinogradPanels.Length(grid) : 0, grid.Points * step, local, threads);
    }
}

/// <summary>An item is one block of source channels and some of the round's tiles.</summary>
internal readonly unsafe struct WinogradSourceLoop<TForm, T>(WinogradGrid grid, WinogradRounds plan, T* src, int first, int count, float* v)
    : IParallelBody
    where TForm : unmanaged, IWinogradForm
    where T : unmanaged
{
    private readonly int pieces = (count + WinogradRounds.ItemTiles - 1) / WinogradRounds.ItemTiles;

    public int Items => grid.SourceBlocks * pieces;

    public void Invoke(int item, int worker)
    {
        (int block, int piece) = Math.DivRem(item, pieces);
        int tile = piece * WinogradRounds.ItemTiles;
        WinogradTiles<TForm, T>.Source(grid, src, block, first + tile, Math.Min(WinogradRounds.ItemTiles, count - tile),
            v + ((((nint)block * plan.RoundTiles) + tile) * Channels), plan.PointStep);
    }
}

/// <summary>An item is two blocks of target channels, over all tiles of the round.</summary>
internal readonly unsafe struct WinogradPanelLoop<TForm, T>(
    WinogradGrid grid, WinogradRounds plan, WinogradKernels<TForm> kernels, float* packed, float* bias, WinogradEnd end, T* dst, int first, int count,
    float* v, float* local) : IParallelBody
    where TForm : unmanaged, IWinogradForm
    where T : unmanaged
{
    public int Items => (grid.TargetBlocks + 1) / 2;

    public void Invoke(int item, int worker)
    {
        int block = 2 * item, width = WinogradPanels.Width(grid, block), points = TForm.Side * TForm.Side;
        float* m = local + (worker * (nint)plan.Local), own = m + ((nint)points * plan.RoundTiles * width);
        nint blockStep = (nint)plan.RoundTiles * Channels;
        for (int source = 0; source < grid.SourceBlocks; source += plan.ChunkBlocks)
        {
            int blocks = Math.Min(plan.ChunkBlocks, grid.SourceBlocks - source);
            nint step = WinogradPanels.Step(grid, width);
            float* u = packed + WinogradPanels.Start(grid, block) + ((nint)source * Channels * width);
            if (plan.Packed == 0)
            {
                step = WinogradPlan.Odd(blocks * Channels * width);
                u = own;
                for (int i = 0; i < width / Channels; i++)
                    kernels.Transform(block + i, source * Channels, blocks * Channels, u + (i * Channels), width, step);
            }
            for (int point = 0; point < points; point++, u += step)
            {
                float* tiles = v + (point * plan.PointStep) + (source * blockStep);
                // The last rows may be tiles of an earlier round or nothing at all: their products are not looked at.
                for (int tile = 0; tile < count; tile += WinogradProduct.Rows)
                {
                    WinogradProduct.Multiply(width, blocks, blockStep, tiles + ((nint)tile * Channels), u,
                        m + ((nint)tile * points * width) + (point * width), points * width, source > 0);
                }
            }
        }
        WinogradTiles<TForm, T>.Result(grid, m, width, first, count, block, bias, end, dst);
    }
}
