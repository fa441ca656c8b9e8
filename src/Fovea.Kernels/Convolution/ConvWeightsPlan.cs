namespace Fovea.Kernels;

/// <summary>
/// How the gradient of the weights is cut. Its sums run over all pixels of all images, in an order that depends on the sizes alone: images in
/// portions,
/// blocks of pixels inside a portion. Workers take chunks of the result.
/// </summary>
internal readonly record struct ConvWeightsPlan(
    int Images, int BlockPixels, int ChunkPanels, int ChunksN, int ChunkM, int ChunksM, long Result, long Gradient, long Source, long Panels,
    int Threads)
{
    // A portion's gradient and source stay in the last-level cache.
    private const long PortionFloats = 2 << 20;

    public long Bytes => ((Result + Gradient + Source + (Panels * Threads)) * sizeof(float)) + Scratch.Slack;

    /// <summary>Columns of a group's result: (kernel row, kernel column, channel).</summary>
    public static int Columns(in Conv2dShape s) => checked(s.KH * s.KW * s.GroupIC);

    /// <summary>A 1 x 1 kernel that touches every pixel once: its windows are packed from the source as it lies.</summary>
    public static bool Direct(in Conv2dShape s) =>
        s is { KH: 1, KW: 1, StrideH: 1, StrideW: 1, PadTop: 0, PadLeft: 0 } && s.OH == s.H && s.OW == s.W;

    /// <summary>Rows of the source that windows touch, the padding's zeros included.</summary>
    public static int SourceRows(in Conv2dShape s) => ((s.OH - 1) * s.StrideH) + s.KH;

    /// <summary>Columns of the source that windows touch.</summary>
    public static int SourceColumns(in Conv2dShape s) => ((s.OW - 1) * s.StrideW) + s.KW;

    public static ConvWeightsPlan Of<TTile>(in Conv2dShape s, int threads)
        where TTile : struct, ITile
    {
        long pixels = (long)s.OH * s.OW, gradient = (long)Packed<TTile>.Rows(s.GroupOC) * s.Groups * pixels;
        long source = Direct(s) ? 0 : (long)SourceRows(s) * SourceColumns(s) * s.IC;
        int images = (int)Math.Clamp(PortionFloats / (gradient + source), 1, Math.Max(1, s.N));
        int block = GemmPlan.Even((int)Math.Min(int.MaxValue, images * pixels), GemmPlan.MaxBlockK, 1);

        int panels = Packed<TTile>.Panels(Columns(s)), wanted = threads == 1 ? 1 : (4 * threads) + s.Groups - 1;
        int chunksN = Math.Clamp(Math.Max(wanted / s.Groups, (panels * TTile.Columns * block / GemmPlan.PackedChunk) + 1), 1, panels);
        int chunk = (panels + chunksN - 1) / chunksN;
        chunksN = (panels + chunk - 1) / chunk;
        int rowPanels = (s.GroupOC + TTile.Rows - 1) / TTile.Rows;
        int chunksM = threads == 1 ? 1 : Math.Clamp(2 * threads / (chunksN * s.Groups), 1, rowPanels), chunkM = (rowPanels + chunksM - 1) / chunksM;
        chunksM = (rowPanels + chunkM - 1) / chunkM;
        return new ConvWeightsPlan(
            images, block, chunk, chunksN, chunkM * TTile.Rows, chunksM,
            Scratch.RoundUp(((long)s.OC * panels * TTile.Columns) + Scratch.SlackFloats), Scratch.RoundUp((gradient * images) + Scratch.SlackFloats),
            Scratch.RoundUp((source * images) + Scratch.SlackFloats), Scratch.RoundUp(((long)chunk * TTile.Columns * block) + Scratch.SlackFloats),
            threads);
    }
}
