using System.Runtime.CompilerServices;
using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <summary>One item of a convolution: packs its windows block by block and multiplies them with the packed weights.</summary>
internal readonly unsafe struct ConvLoop<TTile>(ConvGrid grid, ConvPlan plan, float* source, float* weights, float* bias, bool accumulate, bool relu,
    float* target, float* memory)
    : IParallelBody
    where TTile : struct, ITile
{
    public int Items => grid.Groups * plan.ImageItems * plan.WindowItems * plan.ChunksM;

    // A 1 x 1 kernel over one long row reads the source as it lies.
    private bool Direct => grid.Taps == 1 && grid.Vertical.Source == 1 && grid.Horizontal is { Step: 1, First: 0 }
        && grid.Horizontal.Size == grid.Horizontal.Source;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Invoke(int item, int worker)
    {
        (int rest, int chunk) = Math.DivRem(item, plan.ChunksM);
        (rest, int windowItem) = Math.DivRem(rest, plan.WindowItems);
        (int group, int imageItem) = Math.DivRem(rest, plan.ImageItems);
        int image = imageItem * plan.ImagesPerItem, first = windowItem * plan.WindowsPerItem;
        ConvWindows windows = new(grid, Math.Min(plan.ImagesPerItem, grid.Images - image), first,
            Math.Min(plan.WindowsPerItem, grid.Windows - first));
        int row = chunk * plan.ChunkM, rows = Math.Min(plan.ChunkM, grid.Targets - row);

        nint imageStep = grid.Groups * grid.Channels * grid.SourcePlane;
        float* from = source + (image * imageStep) + (group * grid.Channels * grid.SourcePlane);
        float* to = target + ((((((nint)image * grid.Groups) + group) * grid.Targets) + row) * grid.TargetPlane);
        float* packedWeights = weights + ((nint)group * Packed<TTile>.Rows(grid.Targets) * grid.Inner);
        float* shift = bias == null ? null : bias + (group * grid.Targets) + row;
        float* own = memory + (worker * (nint)(plan.Strip + plan.Panels));
        ConvStrip strip = new(grid, plan, own);
        float* panels = own + plan.Strip;
        for (int block = 0; block < plan.Blocks; block++)
        {
            int channel = block * plan.BlockChannels, channels = Math.Min(plan.BlockChannels, grid.Channels - channel), depth = channels * grid.Taps;
            if (Direct)
            {
                PackDirect(windows, from + (channel * grid.SourcePlane), imageStep, channels, panels);
            }
            else
            {
                int stripRows = ((windows.Rows - 1) * grid.Vertical.Step) + grid.Vertical.Taps;
                strip.Fill(from, imageStep, windows.Images, channel, channels, (windows.FirstRow * grid.Vertical.Step) + grid.Vertical.First,
                    stripRows);
                PackStrip(windows, strip.Memory, channels, panels);
            }
            bool last = block == plan.Blocks - 1;
            TileEnd end = new(accumulate || block > 0, last && relu, last ? shift : null);
            nint blockStart = (nint)Packed<TTile>.Rows(grid.Targets) * channel * grid.Taps;
            float* panel = packedWeights + blockStart + ((nint)row / TTile.Rows * TTile.Stride(TTile.Rows) * depth);
            Multiply(windows, panel, rows, panels, depth, to, end);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void PackDirect(ConvWindows windows, float* from, nint imageStep, int channels, float* panels)
    {
        for (int start = 0; start < windows.Columns; start += TTile.Columns)
        {
            float* panel = panels + ((nint)start * channels);
            for (int column = 0; column < TTile.Columns && start + column < windows.Columns;)
            {
                (int image, _, int x, int left) = windows.Locate(start + column);
                int length = Math.Min(left, TTile.Columns - column);
                Packing.Columns<TTile>(new Strided(from + (image * imageStep) + x, grid.SourcePlane, 1), channels, length, panel + column);
                column += length;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void PackStrip(ConvWindows windows, float* strip, int channels, float* panels)
    {
        int step = grid.Horizontal.Step, row = plan.StripColumns * step, tapsH = grid.Vertical.Taps, tapsW = grid.Horizontal.Taps;
        nint plane = plan.StripPlane(grid), channelStep = plane * plan.ImagesPerItem;
        ConvRun* runs = stackalloc ConvRun[TTile.Columns];
        nint* taps = stackalloc nint[tapsW];
        for (int kw = 0; kw < tapsW; kw++)
            taps[kw] = (grid.Horizontal.FromFirst(kw) % step * plan.StripColumns) + (grid.Horizontal.FromFirst(kw) / step);
        for (int start = 0; start < windows.Columns; start += TTile.Columns)
        {
            int count = Runs(windows, start, plane, row, runs);
            float* to = panels + ((nint)start * channels * grid.Taps);
            for (int c = 0; c < channels; c++)
            {
                for (int kh = 0; kh < tapsH; kh++)
                {
                    float* from = strip + (c * channelStep) + (grid.Vertical.FromFirst(kh) * row);
                    for (int kw = 0; kw < tapsW; kw++, to += TTile.Columns)
                    {
                        float* tap = from + taps[kw];
                        for (int r = 0; r < count; r++)
                            ConvRun.CopyGenerously(tap + runs[r].Offset, to + runs[r].Column, runs[r].Length);
                    }
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int Runs(ConvWindows windows, int start, nint plane, int stripRow, ConvRun* runs)
    {
        int count = 0;
        for (int column = 0; column < TTile.Columns && start + column < windows.Columns;)
        {
            (int image, int y, int x, int left) = windows.Locate(start + column);
            int length = windows.InRow(x, Math.Min(left, TTile.Columns - column));
            runs[count++] = new ConvRun((image * plane) + ((nint)(y - windows.FirstRow) * grid.Vertical.Step * stripRow) + x, column, length);
            column += length;
        }
        return count;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Multiply(ConvWindows windows, float* packedWeights, int rows, float* panels, int depth, float* to, TileEnd end)
    {
        float* tile = stackalloc float[Tile.Capacity];
        nint imageStep = grid.Groups * grid.Targets * grid.TargetPlane;
        for (int i = 0; i < rows; i += TTile.Rows)
        {
            int height = Math.Min(TTile.Rows, rows - i);
            float* panel = packedWeights + ((nint)i / TTile.Rows * TTile.Stride(TTile.Rows) * depth), target = to + (i * grid.TargetPlane);
            TileEnd rowEnd = end.Down(i);
            for (int start = 0; start < windows.Columns; start += TTile.Columns)
            {
                float* b = panels + ((nint)start * depth);
                (int image, int y, int x, int left) = windows.Locate(start);
                if (left >= TTile.Columns && (grid.TargetIsWhole
                    || (grid.Horizontal.TargetStep == 1 && windows.InRow(x, TTile.Columns) == TTile.Columns)))
                {
                    TTile.Multiply(height, depth, panel, b, target + (image * imageStep) + Place(y, x), grid.TargetPlane, rowEnd);
                    continue;
                }
                TTile.Multiply(height, depth, panel, b, tile, TTile.Columns, default);
                Scatter(windows, start, tile, height, target, imageStep, rowEnd);
            }
        }
    }

    private nint Place(int y, int x) =>
        (((nint)grid.Vertical.TargetFirst + ((nint)y * grid.Vertical.TargetStep)) * grid.TargetW) + grid.Horizontal.TargetFirst
            + ((nint)x * grid.Horizontal.TargetStep);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Scatter(ConvWindows windows, int start, float* tile, int height, float* target, nint imageStep, TileEnd end)
    {
        for (int column = 0; column < TTile.Columns && start + column < windows.Columns;)
        {
            (int image, int y, int x, int left) = windows.Locate(start + column);
            int most = Math.Min(left, TTile.Columns - column), length = grid.TargetIsWhole ? most : windows.InRow(x, most);
            float* place = target + (image * imageStep) + Place(y, x);
            for (int r = 0; r < height; r++)
                Block.EndOf(tile + (r * TTile.Columns) + column, place + (r * grid.TargetPlane), length, end, r, grid.Horizontal.TargetStep);
            column += length;
        }
    }
}
