using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Fovea.Kernels.Threading;
using static Fovea.Kernels.WinogradGrid;

namespace Fovea.Kernels;

/// <summary>
/// How the weights' gradient is cut, the same way at any number of threads: tiles are transformed a round at a time, by all workers into memory that
/// the last-level cache holds, and then the workers share the points' products over the round's tiles.
/// </summary>
/// <param name="RoundTiles">Tiles of a round.</param>
/// <param name="SourceStep">Floats between the points' matrices of the source.</param>
/// <param name="GradientStep">Floats between the points' matrices of the result's gradient.</param>
/// <param name="SumStep">Floats between the points' sums.</param>
/// <param name="Left">True where the source's channels are the left sides of the products, false where those of the result are.</param>
internal readonly record struct WinogradGradientPlan(int RoundTiles, nint SourceStep, nint GradientStep, nint SumStep, bool Left)
{
    /// <summary>Tiles that an item transforms.</summary>
    public const int ItemTiles = 64;

    /// <summary>Tiles of a product: a panel of the right side stays in the first-level cache.</summary>
    public const int ProductTiles = 128;

    // 10 MiB of transformed tiles: rounds are long enough to wait for each other seldom, and stay in the last-level cache.
    private const int RoundNumbers = 256 * 288;

    /// <summary>Parts of a round's tiles.</summary>
    public int Pieces => RoundTiles / ItemTiles;

    /// <summary>Floats between blocks of channels.</summary>
    public nint BlockStep => WinogradPlan.Odd((nint)RoundTiles * Channels);

    public long Bytes(in WinogradGrid grid) =>
        ((grid.Points * ((long)SourceStep + GradientStep + SumStep)) + ((long)grid.Targets * Pieces)) * sizeof(float) + Scratch.Slack;

    public static WinogradGradientPlan Of(in WinogradGrid grid)
    {
        int tiles = Math.Clamp(RoundNumbers / (grid.Sources + grid.Targets) / ItemTiles, 2, 16) * ItemTiles;
        nint step = WinogradPlan.Odd((nint)tiles * Channels);
        // Whole panels of three blocks on the right run fastest.
        bool left = grid.TargetBlocks % WinogradGradientProduct.MaxBlocks == 0 && grid.SourceBlocks % WinogradGradientProduct.MaxBlocks != 0;
        return new WinogradGradientPlan(
            tiles, WinogradPlan.Odd(step * grid.SourceBlocks), WinogradPlan.Odd(step * grid.TargetBlocks),
            WinogradPlan.Odd((nint)grid.Sources * grid.Targets), left);
    }
}

/// <summary>The gradients of weights and bias: dW = G^T [sum over tiles of (B^T d B) * (A dY A^T)] G.</summary>
internal static unsafe class WinogradBackwardWeights<TForm, T>
    where TForm : unmanaged, IWinogradForm
    where T : unmanaged
{
    private static int Points => TForm.Side * TForm.Side;

    public static void Run(WorkerTeam team, in WinogradGrid grid, T* src, T* diffDst, float* diffWeights, float* diffBias, byte* scratch)
    {
        WinogradGradientPlan plan = WinogradGradientPlan.Of(grid);
        float* v = Scratch.Align(scratch), z = v + (Points * plan.SourceStep), sums = z + (Points * plan.GradientStep),
            biasSums = sums + (Points * plan.SumStep);
        new Span<float>(biasSums, grid.Targets * plan.Pieces).Clear();
        if (grid.Tiles == 0)
            NativeMemory.Clear(sums, (nuint)(Points * plan.SumStep * sizeof(float)));
        for (int first = 0; first < grid.Tiles; first += plan.RoundTiles)
        {
            int count = Math.Min(plan.RoundTiles, grid.Tiles - first);
            TransformLoop transforms = new(grid, plan, src, diffDst, first, count, v, z, biasSums);
            team.Run(transforms.Items, ref transforms);
            ProductLoop products = new(grid, plan, v, z, sums, count, first > 0);
            team.Run(products.Items, ref products);
        }
        WeightsLoop weights = new(grid, plan, sums, diffWeights);
        team.Run(weights.Items, ref weights);
        if (diffBias != null)
            AddPieces(grid, plan.Pieces, biasSums, diffBias);
    }

    private static void AddPieces(in WinogradGrid grid, int pieces, float* biasSums, float* diffBias)
    {
        for (int channel = 0; channel < grid.Targets; channel++)
        {
            float sum = 0;
            for (int piece = 0; piece < pieces; piece++)
                sum += biasSums[(piece * (nint)grid.Targets) + channel];
            diffBias[channel] = sum;
        }
    }

    /// <summary>An item is one block of channels, of the source or the result's gradient, and some of the round's tiles.</summary>
    private readonly struct TransformLoop(
        WinogradGrid grid, WinogradGradientPlan plan, T* src, T* diffDst, int first, int count, float* v, float* z, float* biasSums)
        : IParallelBody
    {
        private readonly int pieces = (count + WinogradGradientPlan.ItemTiles - 1) / WinogradGradientPlan.ItemTiles;

        public int Items => (grid.SourceBlocks + grid.TargetBlocks) * pieces;

        public void Invoke(int item, int worker)
        {
            (int block, int piece) = Math.DivRem(item, pieces);
            int tile = piece * WinogradGradientPlan.ItemTiles, tiles = Math.Min(WinogradGradientPlan.ItemTiles, count - tile);
            nint offset = (nint)tile * Channels;
            if (block < grid.SourceBlocks)
            {
                WinogradTiles<TForm, T>.Source(grid, src, block, first + tile, tiles, v + offset + (block * plan.BlockStep), plan.SourceStep);
                return;
            }
            block -= grid.SourceBlocks;
            WinogradTiles<TForm, T>.ResultGradient(grid, diffDst, block, first + tile, tiles, z + offset + (block * plan.BlockStep),
                plan.GradientStep, biasSums + (piece * (nint)grid.Targets) + (block * Channels));
        }
    }

    /// <summary>An item is one of the points' products by one panel of the right side.</summary>
    private readonly struct ProductLoop(WinogradGrid grid, WinogradGradientPlan plan, float* v, float* z, float* sums, int count, bool accumulate)
        : IParallelBody
    {
        private readonly int panels = Panels(plan.Left ? grid.TargetBlocks : grid.SourceBlocks);

        public int Items => Points * panels;

        public void Invoke(int item, int worker)
        {
            (int point, int panel) = Math.DivRem(item, panels);
            float* source = v + (point * plan.SourceStep), gradient = z + (point * plan.GradientStep);
            float* a = plan.Left ? source : gradient, b = plan.Left ? gradient : source;
            int rows = plan.Left ? grid.Sources : grid.Targets, blocks = plan.Left ? grid.TargetBlocks : grid.SourceBlocks;
            int start = blocks * panel / panels, width = (blocks * (panel + 1) / panels) - start;
            nint blockStep = plan.BlockStep, rowStep = (nint)blocks * Channels;
            float* c = sums + (point * plan.SumStep) + ((nint)start * Channels);
            b += start * blockStep;
            for (int tile = 0; tile < count; tile += WinogradGradientPlan.ProductTiles)
            {
                int k = Math.Min(WinogradGradientPlan.ProductTiles, count - tile);
                nint offset = (nint)tile * Channels;
                for (int row = 0; row < rows; row += WinogradGradientProduct.Rows)
                {
                    float* left = a + (row / Channels * blockStep) + (row % Channels) + offset;
                    WinogradGradientProduct.Multiply(width, k, left, b + offset, blockStep, c + (row * rowStep), rowStep, accumulate || tile > 0);
                }
            }
        }

        private static int Panels(int blocks) => (blocks + WinogradGradientProduct.MaxBlocks - 1) / WinogradGradientProduct.MaxBlocks;
    }

    /// <summary>G^T S G into [OC, IC, 5, 5]. An item is one row of the sums.</summary>
    private readonly struct WeightsLoop(WinogradGrid grid, WinogradGradientPlan plan, float* sums, float* diffWeights) : IParallelBody
    {
        private const int MostTaps = 5;

        private static int Square => TForm.Taps * TForm.Taps;

        public int Items => plan.Left ? grid.Sources : grid.Targets;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        [SkipLocalsInit]
        public void Invoke(int item, int worker)
        {
            float* memory = stackalloc float[(((MostTaps * MostTaps) + (MostSide * MostTaps)) * Channels) + Scratch.SlackFloats], taps = Scratch.Align((byte*)memory),
                half = taps + (Square * Channels);
            int columns = plan.Left ? grid.Targets : grid.Sources;
            nint rowStep = plan.Left ? Square : (nint)grid.Sources * Square, laneStep = plan.Left ? (nint)grid.Sources * Square : Square;
            for (int column = 0; column < columns; column += Channels)
            {
                float* s = sums + (item * (nint)columns) + column, to = diffWeights + (item * rowStep) + (column * laneStep);
                for (int j = 0; j < TForm.Side; j++)
                    TForm.KernelGradient(s + (j * plan.SumStep), TForm.Side * plan.SumStep, half + (j * Channels), TForm.Side * Channels);
                for (int i = 0; i < TForm.Taps; i++)
                    TForm.KernelGradient(half + (i * TForm.Side * Channels), Channels, taps + (i * TForm.Taps * Channels), Channels);
                for (int lane = 0; lane < Channels; lane++, to += laneStep)
                {
                    for (int tap = 0; tap < Square; tap++)
                        to[tap] = taps[(tap * Channels) + lane];
                }
            }
        }
    }
}
