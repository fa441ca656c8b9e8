namespace Fovea.Kernels;

/// <summary>
/// The gradient of a convolution's weights as a product of matrices, and how it is cut. On the left stands the gradient of the result, [OC, rows], on the right the source as the windows see it,
/// [rows, columns]: a row is a pixel of a result, a column a channel that one tap of the window sees. Rows are cut into chunks and columns into parts that a core's cache holds. A worker takes
/// some chunks (its split) and some parts (its group), the same ones every time, so that the sums do not depend on who was faster.
/// </summary>
/// <param name="Rows">N * OH * OW.</param>
/// <param name="Columns">KH * KW * IC: tap by tap its channels.</param>
/// <param name="ChunkRows">Rows of a product, a multiple of 32; what the last chunk lacks is zeros.</param>
/// <param name="PartColumns">Columns of a product, a multiple of 16; what the last part lacks nobody looks at.</param>
/// <param name="Splits">Into how many the chunks are dealt out; each has sums of its own.</param>
/// <param name="Groups">Into how many the parts are dealt out.</param>
public readonly record struct GradientCut(long Rows, int Columns, int ChunkRows, int PartColumns, int Splits, int Groups)
{
    /// <summary>Channels of a block of the pictures' layout.</summary>
    internal const int Channels = 16;

    /// <summary>Rows and columns of a block of the right side, which lies in oneDNN's BA16a64b2a.</summary>
    internal const int BlockRows = 32, BlockColumns = 64;

    /// <summary>Places of one chunk's rows that are remembered at once: a block of the right side sees so many taps at most.</summary>
    internal const int Slots = BlockColumns / Channels;

    // Both sides and the sums of a product stay in a megabyte of second-level cache, more or less; larger pieces were not faster. Where workers share the columns, one chunk of all rows saves that
    // the sums are set to zero and read again.
    private const int MostRows = 512, MostSharedRows = 1024, MostColumns = 512, MostTaps = 32;

    /// <summary>Pieces of the rows.</summary>
    public int Chunks => (int)((Rows + ChunkRows - 1) / ChunkRows);

    /// <summary>Pieces of the columns.</summary>
    public int Parts => (Columns + PartColumns - 1) / PartColumns;

    /// <summary>Pieces of work: one for every split and group.</summary>
    public int Tasks => Splits * Groups;

    /// <summary>True where a split has more than one chunk: its products are added up.</summary>
    public bool Accumulates => Chunks > Splits;

    /// <summary>Numbers of a product's right side; its last block of columns is filled up.</summary>
    public int RightLength => checked((PartColumns + BlockColumns - 1) / BlockColumns * BlockColumns * ChunkRows);

    /// <summary>Numbers that <see cref="GradientPanels.Right"/> wants for itself.</summary>
    public int PlacesLength => Slots * ChunkRows;

    /// <summary>Whether pictures lie in whole blocks, and the processor has what packing takes (AVX-512).</summary>
    /// <param name="shape">The sizes.</param>
    public static bool Computes(in Conv2dShape shape) =>
        GradientPanels.IsSupported && shape is { N: > 0, Groups: 1 } && shape.IC % Channels == 0 && shape.OC % Channels == 0 && shape.KH * shape.KW <= MostTaps;

    /// <summary>The cut for a number of threads.</summary>
    /// <param name="shape">The sizes; <see cref="Computes"/> them.</param>
    /// <param name="threads">At least 1.</param>
    public static GradientCut Of(in Conv2dShape shape, int threads)
    {
        shape.Check();
        Guard.That(Computes(shape), $"Products take one group, channels in multiples of {Channels} and at most {MostTaps} taps, got {shape}.");
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        long rows = (long)shape.N * shape.OH * shape.OW;
        int columns = shape.KH * shape.KW * shape.IC;
        // Sums of their own cost splits memory and time in proportion to the columns, shared columns cost groups the packing of the same rows.
        int splits = (int)Math.Clamp(Math.Min(rows / (2L * columns), rows / BlockRows), 1, threads);
        int share = (int)Math.Min(MostRows / 2, ((rows / splits) + BlockRows - 1) / BlockRows * BlockRows);
        int chunk = Even(rows, splits, BlockRows, share, splits == 1 ? MostSharedRows : MostRows);
        // Rounded up, the rows may be fewer chunks than that; a split without one would leave its sums unwritten.
        splits = (int)Math.Min(splits, (rows + chunk - 1) / chunk);
        int groups = Math.Min(threads / splits, (columns + BlockColumns - 1) / BlockColumns);
        return new GradientCut(rows, columns, chunk, Math.Min(columns, Even(columns, groups, BlockColumns, BlockColumns, MostColumns)), splits, groups);
    }

    /// <summary>Numbers of a product's left side.</summary>
    /// <param name="shape">The sizes.</param>
    public int LeftLength(in Conv2dShape shape) => checked(shape.OC * ChunkRows);

    /// <summary>Numbers of a product.</summary>
    /// <param name="shape">The sizes.</param>
    public int SumLength(in Conv2dShape shape) => checked(shape.OC * PartColumns);

    /// <summary>Numbers of all sums, [splits, parts, OC, columns of a part].</summary>
    /// <param name="shape">The sizes.</param>
    public long SumsLength(in Conv2dShape shape) => (long)Splits * Parts * SumLength(shape);

    /// <summary>What a task does: chunks and parts from the first to behind the last.</summary>
    /// <param name="task">Below <see cref="Tasks"/>.</param>
    public (int Split, int Group, int FirstChunk, int EndChunk, int FirstPart, int EndPart) Of(int task)
    {
        (int split, int group) = Math.DivRem(task, Groups);
        return (split, group, Share(Chunks, split, Splits), Share(Chunks, split + 1, Splits), Share(Parts, group, Groups), Share(Parts, group + 1, Groups));
    }

    private static int Share(int all, int index, int count) => (int)((long)all * index / count);

    /// <summary>The size of a piece with which the busiest of some workers has least to do; the largest of several.</summary>
    private static int Even(long all, int workers, int unit, int least, int most)
    {
        (int best, long work) = (most, long.MaxValue);
        for (int size = most; size >= least; size -= unit)
        {
            long pieces = (all + size - 1) / size, own = (pieces + workers - 1) / workers * size;
            if (own < work)
                (best, work) = (size, own);
        }
        return best;
    }
}
