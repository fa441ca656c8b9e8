namespace Fovea.Kernels;

/// <summary>
/// The gradient of a convolution's weights as a product of matrices, and how it is cut. Left stands the gradient of the result, [OC, rows], right the source as the windows see it,
/// [rows, columns]; a row is a pixel of a result, a column one channel of one tap. Rows are cut into chunks that a core's cache holds, columns into parts; a worker takes some chunks (a split)
/// for some parts (a group), the same ones every time.
/// </summary>
/// <param name="Rows">N * OH * OW.</param>
/// <param name="Columns">KH * KW * IC, the channels of a tap side by side.</param>
/// <param name="ChunkRows">Rows of a product, a multiple of 32; what the last chunk lacks is zeros.</param>
/// <param name="PartColumns">Columns of a product, a multiple of 16; what the last part lacks is not looked at.</param>
/// <param name="Splits">Workers that share the chunks; each has sums of its own.</param>
/// <param name="Groups">Workers that share the parts.</param>
public readonly record struct GradientCut(long Rows, int Columns, int ChunkRows, int PartColumns, int Splits, int Groups)
{
    /// <summary>Channels of a block of the layout.</summary>
    public const int Channels = 16;

    /// <summary>Rows and columns of a block of the right side: oneDNN's BA16a64b2a.</summary>
    internal const int BlockRows = 32, BlockColumns = 64;

    /// <summary>Products that a row of chunks consists of.</summary>
    public int Parts => (Columns + PartColumns - 1) / PartColumns;

    /// <summary>Pieces of the rows.</summary>
    public int Chunks => (int)((Rows + ChunkRows - 1) / ChunkRows);

    /// <summary>Numbers of the left side of a product.</summary>
    public long LeftLength(in Conv2dShape shape) => (long)shape.OC * ChunkRows;

    /// <summary>Numbers of the right side of a product, its last block filled up.</summary>
    public long RightLength => (long)(PartColumns + BlockColumns - 1) / BlockColumns * BlockColumns * ChunkRows;

    /// <summary>Numbers of a product.</summary>
    public long SumLength(in Conv2dShape shape) => (long)shape.OC * PartColumns;

    /// <summary>Whether the source and the result lie in whole blocks, in one group.</summary>
    public static bool Computes(in Conv2dShape shape) => shape.Groups == 1 && shape.IC % Channels == 0 && shape.OC % Channels == 0;

    /// <summary>The cut for a number of threads.</summary>
    public static GradientCut Of(in Conv2dShape shape, int threads, int mostRows = 512, int mostColumns = 256)
    {
        long rows = (long)shape.N * shape.OH * shape.OW;
        int columns = shape.KH * shape.KW * shape.IC;
        bool byColumns = 2L * columns > rows;
        int groups = byColumns ? Math.Min(threads, (columns + BlockColumns - 1) / BlockColumns) : 1, splits = byColumns ? 1 : (int)Math.Min(threads, (rows + BlockRows - 1) / BlockRows);
        int chunk = (int)Best(rows, splits, BlockRows, mostRows / 2, mostRows), part = columns <= BlockColumns ? columns : (int)Best(columns, groups, BlockColumns, BlockColumns, mostColumns);
        if (part > columns)
            part = columns;
        return new GradientCut(rows, columns, chunk, part, splits, groups);
    }

    private static long Best(long total, int workers, int unit, int least, int most)
    {
        (long best, long work) = (most, long.MaxValue);
        for (long size = most; size >= least; size -= unit)
        {
            long pieces = (total + size - 1) / size, own = (pieces + workers - 1) / workers * size;
            if (own < work)
                (best, work) = (size, own);
        }
        return best;
    }
}
