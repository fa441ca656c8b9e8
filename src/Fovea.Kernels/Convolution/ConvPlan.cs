namespace Fovea.Kernels;

/// <summary>
/// How a <see cref="ConvGrid"/> is cut. Blocks of channels, which decide the order of sums, depend on the sizes alone; items, which workers take, on
/// the team too.
/// </summary>
internal readonly record struct ConvPlan(
    int BlockChannels, int Blocks, int ImagesPerItem, int ImageItems, int WindowsPerItem, int WindowItems, int ChunkM, int ChunksM, int StripRows,
    int StripColumns, long PackedWeights, long Strip, long Panels, int Threads)
{
    public long Bytes => ((PackedWeights + ((Strip + Panels) * Threads)) * sizeof(float)) + Scratch.Slack;

    /// <summary>Floats of one image and channel in the strip.</summary>
    public int StripPlane(in ConvGrid grid) => StripRows * StripColumns * grid.Horizontal.Step;

    public static ConvPlan Of<TTile>(in ConvGrid g, int threads)
        where TTile : struct, ITile
    {
        int channels = GemmPlan.Even(g.Channels, Math.Max(1, GemmPlan.MaxBlockK / g.Taps), 1);
        int depth = channels * g.Taps, blocks = (g.Channels + channels - 1) / channels;
        int columns = Math.Clamp(GemmPlan.PackedChunk / depth, TTile.Columns, 4096) / TTile.Columns * TTile.Columns;
        int images = 1, windows = g.Windows;
        if (windows > columns)
            windows = GemmPlan.Even(windows, columns, TTile.Columns);
        else
            images = ImagesTogether<TTile>(g, columns, threads);
        int imageItems = (g.Images + images - 1) / images, windowItems = (g.Windows + windows - 1) / windows;

        // Where pictures are few and small, the channels of the target are shared out as well, and each worker packs the windows for itself.
        int items = Math.Max(1, imageItems * windowItems * g.Groups), rowPanels = (g.Targets + TTile.Rows - 1) / TTile.Rows;
        int chunksM = threads == 1 ? 1 : Math.Clamp(2 * threads / items, 1, rowPanels), chunkM = (rowPanels + chunksM - 1) / chunksM;
        chunksM = (rowPanels + chunkM - 1) / chunkM;

        int rows = Math.Min(g.Vertical.Size, ((windows - 2 + g.Horizontal.Size) / g.Horizontal.Size) + 1);
        int stripRows = ((rows - 1) * g.Vertical.Step) + g.Vertical.Taps;
        int stripColumns = g.Horizontal.Size + ((g.Horizontal.Taps - 1) / g.Horizontal.Step);
        long strip = (long)channels * images * stripRows * stripColumns * g.Horizontal.Step;
        long panels = (long)Packed<TTile>.Panels(images * windows) * TTile.Columns * depth;
        return new ConvPlan(
            channels, blocks, images, imageItems, windows, windowItems, chunkM * TTile.Rows, chunksM, stripRows, stripColumns,
            Scratch.RoundUp(((long)Packed<TTile>.Rows(g.Targets) * g.Inner * g.Groups) + Scratch.SlackFloats),
            Scratch.RoundUp(strip + Scratch.SlackFloats), Scratch.RoundUp(panels + Scratch.SlackFloats), threads);
    }

    /// <summary>How many small pictures share an item, so that their windows fill tiles with little waste.</summary>
    private static int ImagesTogether<TTile>(in ConvGrid g, int columns, int threads)
        where TTile : struct, ITile
    {
        int most = Math.Max(1, Math.Min(columns / g.Windows, (g.Images + (3 * threads) - 1) / (3 * threads))), best = most;
        double leastWaste = double.MaxValue;
        for (int images = most; images > most / 2; images--)
        {
            double waste = Packed<TTile>.Panels(images * g.Windows) * (double)TTile.Columns / (images * g.Windows);
            if (waste < leastWaste)
                (leastWaste, best) = (waste, images);
        }
        return best;
    }
}
