using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Fovea.Kernels.Threading;
using static Fovea.Kernels.WinogradGrid;

namespace Fovea.Kernels;

/// <summary>
/// The gradients of weights and bias: dW = G^T [sum over tiles of (B^T d B) * (A dY A^T)] G. Which sums are made, and in which order they are added, depends
/// on the number of workers, and not on who does what.
/// </summary>
internal static unsafe class WinogradBackwardWeights<TForm, T>
    where TForm : unmanaged, IWinogradForm
    where T : unmanaged
{
    public static void Run(WorkerTeam team, in WinogradGrid grid, T* src, T* diffDst, float* diffWeights, float* diffBias, byte* scratch)
    {
        WinogradGradientPlan plan = WinogradGradientPlan.Of(grid, team.Threads);
        float* biasSums = Scratch.Align(scratch), own = biasSums + ((nint)grid.Targets * plan.TileParts), others = own + (plan.Own(grid) * plan.Threads);
        new Span<float>(biasSums, grid.Targets * plan.TileParts).Clear();
        PartLoop parts = new(grid, plan, src, diffDst, diffWeights, own, others, biasSums);
        team.Run(plan.Parts, ref parts);
        if (plan.TileParts > 1)
        {
            AddLoop sum = new(diffWeights, others, WinogradGradientPlan.Weights(grid), plan.TileParts - 1);
            team.RunRange(WinogradGradientPlan.Weights(grid), ref sum, 4096);
        }
        if (diffBias != null)
            AddBias(grid, plan.TileParts, biasSums, diffBias);
    }

    private static void AddBias(in WinogradGrid grid, int parts, float* biasSums, float* diffBias)
    {
        for (int channel = 0; channel < grid.Targets; channel++)
        {
            float sum = 0;
            for (int part = 0; part < parts; part++)
                sum += biasSums[(part * (nint)grid.Targets) + channel];
            diffBias[channel] = sum;
        }
    }

    /// <summary>An item is a part: from pictures to its gradient of the weights.</summary>
    private readonly struct PartLoop(
        WinogradGrid grid, WinogradGradientPlan plan, T* src, T* diffDst, float* diffWeights, float* own, float* others, float* biasSums) : IParallelBody
    {
        private static int Points => TForm.Side * TForm.Side;

        public void Invoke(int item, int worker)
        {
            (int tilePart, int targetPart) = Math.DivRem(item, plan.TargetParts);
            int first = Cut(grid.Tiles, tilePart, plan.TileParts), end = Cut(grid.Tiles, tilePart + 1, plan.TileParts);
            int block = Cut(grid.TargetBlocks, targetPart, plan.TargetParts), lastBlock = Cut(grid.TargetBlocks, targetPart + 1, plan.TargetParts);
            float* weights = tilePart == 0 ? diffWeights : others + ((tilePart - 1) * WinogradGradientPlan.Weights(grid));
            float* bias = biasSums + (tilePart * (nint)grid.Targets);
            float* v = own + (worker * plan.Own(grid)), sums = v + (Points * (plan.SourceStep + plan.GradientStep));
            // A group after the first finds the source's tiles transformed: where there are several groups, one round holds all.
            for (bool transformed = false; block < lastBlock; block += plan.GroupBlocks, transformed = true)
            {
                int blocks = Math.Min(plan.GroupBlocks, lastBlock - block);
                if (first == end)
                    NativeMemory.Clear(sums, (nuint)(Points * plan.SumStep * sizeof(float)));
                for (int tile = first; tile < end; tile += plan.RoundTiles)
                {
                    int count = Math.Min(plan.RoundTiles, end - tile);
                    Transform(tile, count, block, blocks, !transformed, v, bias);
                    Multiply(count, blocks, tile > first, v, sums);
                }
                WinogradKernelGradient<TForm>.Run(grid.Sources, blocks * Channels, plan.Left, sums, plan.SumStep,
                    weights + (block * (nint)Channels * grid.Sources * TForm.Taps * TForm.Taps));
            }
        }

        private static int Cut(int length, int part, int parts) => (int)((long)length * part / parts);

        private void Transform(int tile, int count, int block, int blocks, bool source, float* v, float* bias)
        {
            for (int i = 0; source && i < grid.SourceBlocks; i++)
                WinogradTiles<TForm, T>.Source(grid, src, i, tile, count, v + (i * plan.BlockStep), plan.SourceStep);
            float* z = v + (Points * plan.SourceStep);
            for (int i = 0; i < blocks; i++)
                WinogradTiles<TForm, T>.ResultGradient(grid, diffDst, block + i, tile, count, z + (i * plan.BlockStep), plan.GradientStep, bias + ((block + i) * Channels));
        }

        // Called once for a round, with most of the work inside: too seldom to be compiled well in time.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Multiply(int count, int targetBlocks, bool accumulate, float* v, float* sums)
        {
            int rows = plan.Left ? grid.Sources : targetBlocks * Channels, blocks = plan.Left ? targetBlocks : grid.SourceBlocks;
            int panels = (blocks + WinogradGradientProduct.MaxBlocks - 1) / WinogradGradientProduct.MaxBlocks;
            nint rowStep = (nint)blocks * Channels, blockStep = plan.BlockStep;
            for (int point = 0; point < Points; point++)
            {
                float* source = v + (point * plan.SourceStep), gradient = v + (Points * plan.SourceStep) + (point * plan.GradientStep);
                float* a = plan.Left ? source : gradient, b = plan.Left ? gradient : source;
                for (int panel = 0; panel < panels; panel++)
                {
                    int start = Cut(blocks, panel, panels), width = Cut(blocks, panel + 1, panels) - start;
                    float* c = sums + (point * plan.SumStep) + ((nint)start * Channels);
                    for (int tile = 0; tile < count; tile += WinogradGradientPlan.ProductTiles)
                    {
                        int k = Math.Min(WinogradGradientPlan.ProductTiles, count - tile);
                        nint offset = (nint)tile * Channels;
                        for (int row = 0; row < rows; row += WinogradGradientProduct.Rows)
                        {
                            float* left = a + (row / Channels * blockStep) + (row % Channels) + offset;
                            WinogradGradientProduct.Multiply(
                                width, k, left, b + (start * blockStep) + offset, blockStep, c + (row * rowStep), rowStep, accumulate || tile > 0);
                        }
                    }
                }
            }
        }
    }

    /// <summary>Adds the other parts' gradients to the first's, in the order of the parts.</summary>
    private readonly struct AddLoop(float* sum, float* others, nint step, int parts) : IRangeBody
    {
        public void Invoke(nint start, nint length)
        {
            // Channels come in multiples of 16, so do weights.
            for (nint i = start; i < start + length; i += Channels)
            {
                Vector512<float> value = Vector512.Load(sum + i);
                for (int part = 0; part < parts; part++)
                    value += Vector512.Load(others + (part * step) + i);
                value.Store(sum + i);
            }
        }
    }
}
