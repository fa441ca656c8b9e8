using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <summary>The convolution itself.</summary>
internal static unsafe class ConvForward
{
    public static long Bytes<TTile>(in Conv2dShape shape, int threads)
        where TTile : struct, ITile => ConvPlan.Of<TTile>(ConvGrid.Forward(shape), threads).Bytes;

    public static void Run<TTile>(WorkerTeam team, in Conv2dShape shape, float* src, float* weights, float* bias, bool accumulate, bool relu,
        float* dst, byte* scratch)
        where TTile : struct, ITile
    {
        ConvGrid grid = ConvGrid.Forward(shape);
        ConvPlan plan = ConvPlan.Of<TTile>(grid, team.Threads);
        float* packed = Scratch.Align(scratch);
        PackLoop<TTile> packing = new(grid, plan, weights, packed);
        team.Run(packing.Items, ref packing);
        ConvLoop<TTile> loop = new(grid, plan, src, packed, bias, accumulate, relu, dst, packed + plan.PackedWeights);
        team.Run(loop.Items, ref loop);
    }

    /// <summary>Weights are [OC, inner] already: a panel of rows per item and block.</summary>
    private readonly struct PackLoop<TTile>(ConvGrid grid, ConvPlan plan, float* weights, float* packed) : IParallelBody
        where TTile : struct, ITile
    {
        private readonly int rowPanels = (grid.Targets + TTile.Rows - 1) / TTile.Rows;

        public int Items => grid.Groups * rowPanels;

        public void Invoke(int item, int worker)
        {
            (int group, int panel) = Math.DivRem(item, rowPanels);
            int row = panel * TTile.Rows, height = Math.Min(TTile.Rows, grid.Targets - row);
            nint packedRows = Packed<TTile>.Rows(grid.Targets);
            Strided matrix = new(weights + ((((nint)group * grid.Targets) + row) * grid.Inner), grid.Inner, 1);
            for (int channel = 0; channel < grid.Channels; channel += plan.BlockChannels)
            {
                nint start = (nint)channel * grid.Taps, depth = Math.Min(plan.BlockChannels, grid.Channels - channel) * (nint)grid.Taps;
                float* target = packed + (group * packedRows * grid.Inner) + (packedRows * start) + (panel * (nint)TTile.Stride(TTile.Rows) * depth);
                Packing.Rows(matrix.At(0, start), height, TTile.Stride(height), depth, target, grid.Targets - row);
            }
        }
    }
}
