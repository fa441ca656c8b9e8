using System.Runtime.CompilerServices;

namespace Fovea.Kernels;

/// <summary>
/// A worker's own copy of the rows that its windows touch, with the zeros of the padding written out, and columns dealt out by their remainder modulo
/// the
/// step: there every tap of neighbouring windows is a run of neighbouring floats, and packing needs no test.
/// </summary>
internal readonly unsafe struct ConvStrip(ConvGrid grid, ConvPlan plan, float* memory)
{
    public float* Memory => memory;

    /// <summary>Copies the channels of one block, for some images, from source row <paramref name="firstRow"/> (may lie outside) on.</summary>
    /// <param name="source">Channel 0 of the group in the first image.</param>
    /// <param name="imageStep">Floats between images of the source.</param>
    /// <param name="images">Images to copy.</param>
    /// <param name="channel">First channel of the block.</param>
    /// <param name="channels">Channels of the block.</param>
    /// <param name="firstRow">Source row of the strip's first.</param>
    /// <param name="rows">Rows to copy.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Fill(float* source, nint imageStep, int images, int channel, int channels, int firstRow, int rows)
    {
        int rowLength = plan.StripColumns * grid.Horizontal.Step;
        nint plane = plan.StripPlane(grid);
        for (int c = 0; c < channels; c++)
        {
            for (int image = 0; image < images; image++)
            {
                float* from = source + (image * imageStep) + ((channel + c) * grid.SourcePlane);
                float* to = memory + (((c * (nint)plan.ImagesPerItem) + image) * plane);
                for (int r = 0; r < rows; r++, to += rowLength)
                {
                    int y = firstRow + r;
                    if ((uint)y >= (uint)grid.Vertical.Source)
                        new Span<float>(to, rowLength).Clear();
                    else if (grid.Horizontal.Step == 1)
                        Row(from + ((nint)y * grid.Horizontal.Source), to);
                    else
                        DealtRow(from + ((nint)y * grid.Horizontal.Source), to);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Row(float* from, float* to)
    {
        int first = grid.Horizontal.First, length = plan.StripColumns;
        int left = Math.Clamp(-first, 0, length), end = Math.Clamp(grid.Horizontal.Source - first, left, length);
        new Span<float>(to, left).Clear();
        new ReadOnlySpan<float>(from + first + left, end - left).CopyTo(new Span<float>(to + left, end - left));
        new Span<float>(to + end, length - end).Clear();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void DealtRow(float* from, float* to)
    {
        int step = grid.Horizontal.Step, length = plan.StripColumns;
        for (int remainder = 0; remainder < step; remainder++, to += length)
        {
            // Position i of this remainder is source column i * step + x.
            int x = grid.Horizontal.First + remainder;
            int left = x >= 0 ? 0 : Math.Min(length, (-x + step - 1) / step);
            int end = Math.Clamp(x >= grid.Horizontal.Source ? 0 : ((grid.Horizontal.Source - x - 1) / step) + 1, left, length);
            for (int i = 0; i < left; i++)
                to[i] = 0f;
            for (int i = left; i < end; i++)
                to[i] = from[(i * step) + x];
            for (int i = end; i < length; i++)
                to[i] = 0f;
        }
    }
}
