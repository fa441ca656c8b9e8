namespace Fovea.Kernels;

/// <summary>How a product is cut: blocks of k that are the same at any number of threads, and chunks of rows and columns that workers take.</summary>
internal readonly record struct GemmPlan(int BlockK, int ChunkM, int ChunksM, int ChunkN, int ChunksN, long PackedA, long PackedB, int Threads)
{
    /// <summary>The deepest block: a panel of A and one of B stay in the first-level cache together.</summary>
    public const int MaxBlockK = 384;

    /// <summary>Floats of packed B that a worker keeps in its second-level cache.</summary>
    public const int PackedChunk = 98_304;

    public long Bytes => ((PackedA + (PackedB * Threads)) * sizeof(float)) + Scratch.Slack;

    public static GemmPlan Of<TTile>(int M, int N, int K, int threads)
        where TTile : struct, ITile
    {
        int blockK = Even(K, MaxBlockK, 1);
        int panels = Math.Max(Packed<TTile>.Panels(N), 1);
        int perChunk = Math.Clamp(PackedChunk / (blockK * TTile.Columns), 1, panels);

        // At least three chunks for each thread where the columns allow; rows are cut too where they do not.
        int chunksN = RoundUp(Math.Max((panels + perChunk - 1) / perChunk, threads == 1 ? 1 : 3 * threads), threads);
        perChunk = Math.Max(1, (panels + chunksN - 1) / chunksN);
        chunksN = (panels + perChunk - 1) / perChunk;
        int rowPanels = Math.Max((M + TTile.Rows - 1) / TTile.Rows, 1);
        int chunksM = threads == 1 ? 1 : Math.Clamp((3 * threads) / chunksN, 1, rowPanels);
        int chunkM = (rowPanels + chunksM - 1) / chunksM;
        chunksM = (rowPanels + chunkM - 1) / chunkM;
        long packedA = ((long)Packed<TTile>.Rows(M) * blockK) + Scratch.SlackFloats;
        long packedB = ((long)perChunk * TTile.Columns * blockK) + Scratch.SlackFloats;
        return new GemmPlan(blockK, chunkM * TTile.Rows, chunksM, perChunk, chunksN, Scratch.RoundUp(packedA), Scratch.RoundUp(packedB), threads);
    }

    /// <summary>
    /// The size of equal blocks of at most <paramref name="most"/> that cover <paramref name="total"/>, a multiple of <paramref name="unit"/>.
    /// </summary>
    public static int Even(int total, int most, int unit)
    {
        int blocks = Math.Max(1, (total + most - 1) / most);
        return Math.Max(unit, RoundUp((total + blocks - 1) / blocks, unit));
    }

    public static int RoundUp(int value, int unit) => (value + unit - 1) / unit * unit;
}

/// <summary>Scratch memory is cut into pieces on cache lines; over-long copies and loads may run some way past the end of each piece.</summary>
internal static unsafe class Scratch
{
    public const int SlackFloats = 64;

    /// <summary>Bytes to find an aligned start.</summary>
    public const int Slack = 64;

    public static long RoundUp(long floats) => (floats + 15) / 16 * 16;

    public static float* Align(byte* memory) => (float*)(((nint)memory + Slack - 1) / Slack * Slack);
}
