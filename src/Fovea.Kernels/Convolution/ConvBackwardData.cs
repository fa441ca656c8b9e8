using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <summary>The gradient of the source: for every phase of the strides a convolution of diffDst with the taps that reach it.</summary>
internal static unsafe class ConvBackwardData
{
    public static long Bytes<TTile>(in Conv2dShape shape, int threads)
        where TTile : struct, ITile
    {
        long most = 0;
        for (int phaseH = 0; phaseH < Math.Min(shape.StrideH, shape.H); phaseH++)
        {
            for (int phaseW = 0; phaseW < Math.Min(shape.StrideW, shape.W); phaseW++)
            {
                ConvGrid grid = ConvGrid.Backward(shape, phaseH, phaseW);
                if (grid.Taps > 0)
                    most = Math.Max(most, ConvPlan.Of<TTile>(grid, threads).Bytes);
            }
        }
        return most;
    }

    public static void Run<TTile>(WorkerTeam team, in Conv2dShape shape, float* diffDst, float* weights, float* diffSrc, byte* scratch)
        where TTile : struct, ITile
    {
        for (int phaseH = 0; phaseH < Math.Min(shape.StrideH, shape.H); phaseH++)
        {
            for (int phaseW = 0; phaseW < Math.Min(shape.StrideW, shape.W); phaseW++)
            {
                ConvGrid grid = ConvGrid.Backward(shape, phaseH, phaseW);
                if (grid.Taps == 0)
                {
                    ClearLoop clear = new(grid, diffSrc);
                    team.Run(grid.Images * grid.Groups * grid.Targets, ref clear);
                    continue;
                }
                ConvPlan plan = ConvPlan.Of<TTile>(grid, team.Threads);
                float* packed = Scratch.Align(scratch);
                PackLoop<TTile> packing = new(shape, grid, plan, phaseH, phaseW, weights, packed);
                team.Run(packing.Items, ref packing);
                ConvLoop<TTile> loop = new(grid, plan, diffDst, packed, null, false, false, diffSrc, packed + plan.PackedWeights);
                team.Run(loop.Items, ref loop);
            }
        }
    }

    /// <summary>Pixels that no window reaches.</summary>
    private readonly struct ClearLoop(ConvGrid grid, float* diffSrc) : IParallelBody
    {
        public void Invoke(int item, int worker)
        {
            float* plane = diffSrc + (item * grid.TargetPlane);
            for (int y = 0; y < grid.Vertical.Size; y++)
            {
                float* row = plane + ((grid.Vertical.TargetFirst + ((nint)y * grid.Vertical.TargetStep)) * grid.TargetW)
                    + grid.Horizontal.TargetFirst;
                for (int x = 0; x < grid.Horizontal.Size; x++)
                    row[x * grid.Horizontal.TargetStep] = 0f;
            }
        }
    }

    /// <summary>
    /// Rows are the source's channels, the inner size runs over (channel of the result, tap): the weights' first two dimensions change places.
    /// </summary>
    private readonly struct PackLoop<TTile>(Conv2dShape shape, ConvGrid grid, ConvPlan plan, int phaseH, int phaseW, float* weights, float* packed)
        : IParallelBody
        where TTile : struct, ITile
    {
        private readonly int rowPanels = (grid.Targets + TTile.Rows - 1) / TTile.Rows;

        public int Items => grid.Groups * rowPanels;

        public void Invoke(int item, int worker)
        {
            (int group, int panel) = Math.DivRem(item, rowPanels);
            int row = panel * TTile.Rows, height = Math.Min(TTile.Rows, grid.Targets - row), stride = TTile.Stride(height);
            nint packedRows = Packed<TTile>.Rows(grid.Targets), kernel = (nint)shape.KH * shape.KW;
            for (int channel = 0; channel < grid.Channels; channel += plan.BlockChannels)
            {
                int channels = Math.Min(plan.BlockChannels, grid.Channels - channel);
                nint start = (nint)channel * grid.Taps;
                float* target = packed + (group * packedRows * grid.Inner) + (packedRows * start)
                    + (panel * (nint)TTile.Stride(TTile.Rows) * channels * grid.Taps);
                for (int c = channel; c < channel + channels; c++, target += (nint)stride * grid.Taps)
                    Channel(weights + ((((((nint)group * grid.Channels) + c) * grid.Targets) + row) * kernel), kernel, height, stride, target);
            }
        }

        private void Channel(float* from, nint kernel, int height, int stride, float* target)
        {
            if (grid.Taps == kernel)
            {
                Tiles.Transpose(from, kernel, target, stride, height, kernel);
                return;
            }
            int firstH = ConvAxis.KernelFirst(shape.StrideH, shape.PadTop, phaseH),
                firstW = ConvAxis.KernelFirst(shape.StrideW, shape.PadLeft, phaseW);
            for (int kh = 0; kh < grid.Vertical.Taps; kh++)
            {
                for (int kw = 0; kw < grid.Horizontal.Taps; kw++, target += stride)
                {
                    int tap = ((firstH + (kh * shape.StrideH)) * shape.KW) + firstW + (kw * shape.StrideW);
                    for (int r = 0; r < height; r++)
                        target[r] = from[(r * kernel) + tap];
                }
            }
        }
    }
}
