using Fovea.Kernels.Threading;

namespace Fovea.Kernels;

/// <summary>
/// The matrix product, after Goto and van de Geijn ("Anatomy of high-performance matrix multiplication", 2008): packed panels, tiles in registers.
/// </summary>
public static class Gemm
{
    /// <summary>Bytes of scratch that <see cref="Run"/> wants.</summary>
    /// <param name="M">Rows of c.</param>
    /// <param name="N">Columns of c.</param>
    /// <param name="K">The inner size.</param>
    /// <param name="threads">Threads of the team.</param>
    public static long ScratchBytes(int M, int N, int K, int threads) => Tile.Best<ScratchUser, long>(new ScratchUser(M, N, K, threads));

    /// <summary>c = op(a) * op(b) + beta * c over row-major matrices. The same bits come out at any number of threads.</summary>
    /// <param name="team">The threads.</param>
    /// <param name="transA">False: a is [M, K]; true: a is [K, M].</param>
    /// <param name="transB">False: b is [K, N]; true: b is [N, K].</param>
    /// <param name="M">Rows of c.</param>
    /// <param name="N">Columns of c.</param>
    /// <param name="K">The inner size.</param>
    /// <param name="a">The left matrix.</param>
    /// <param name="lda">Elements between the rows of a as it is stored.</param>
    /// <param name="b">The right matrix.</param>
    /// <param name="ldb">Elements between the rows of b as it is stored.</param>
    /// <param name="beta">0: c is written and need not be initialised; 1: c is added to.</param>
    /// <param name="c">The result, [M, N].</param>
    /// <param name="ldc">Elements between the rows of c.</param>
    /// <param name="scratch">At least <see cref="ScratchBytes"/> bytes.</param>
    public static unsafe void Run(
        WorkerTeam team, bool transA, bool transB, int M, int N, int K, ReadOnlySpan<float> a, int lda, ReadOnlySpan<float> b, int ldb,
        float beta, Span<float> c, int ldc, Span<byte> scratch)
    {
        ArgumentNullException.ThrowIfNull(team);
        Guard.That(M >= 0 && N >= 0 && K >= 0, $"A matrix product takes no negative sizes, got M {M}, N {N}, K {K}.");
        Guard.That(beta is 0f or 1f, $"beta is 0 or 1, got {beta}.");
        CheckMatrix(a.Length, transA ? K : M, transA ? M : K, lda, nameof(a));
        CheckMatrix(b.Length, transB ? N : K, transB ? K : N, ldb, nameof(b));
        CheckMatrix(c.Length, M, N, ldc, nameof(c));
        Guard.Scratch(scratch.Length, ScratchBytes(M, N, K, team.Threads));
        fixed (float* left = a, right = b, target = c)
        fixed (byte* memory = scratch)
        {
            RunUser user = new(team, Strided.Of(left, lda, transA), Strided.Of(right, ldb, transB), M, N, K, beta != 0f, target, ldc, memory);
            _ = Tile.Best<RunUser, bool>(user);
        }
    }

    /// <summary>The product with a given tile: what <see cref="Run"/> does, open to tests of the tiles that this machine would not choose.</summary>
    internal static unsafe void RunWith<TTile>(WorkerTeam team, Strided a, Strided b, int M, int N, int K, bool accumulate, float* c, nint ldc,
        byte* scratch)
        where TTile : struct, ITile
    {
        if (M == 0 || N == 0)
            return;
        if (K == 0 && !accumulate)
        {
            for (int row = 0; row < M; row++)
                new Span<float>(c + (row * ldc), N).Clear();
        }
        GemmPlan plan = GemmPlan.Of<TTile>(M, N, K, team.Threads);
        float* packedA = Scratch.Align(scratch), packedB = packedA + plan.PackedA;
        for (int k = 0; k < K; k += plan.BlockK)
        {
            int depth = Math.Min(plan.BlockK, K - k);
            PackRowsLoop<TTile> packing = new(a.At(0, k), M, depth, packedA);
            team.Run(packing.Items, ref packing);
            GemmLoop<TTile> loop = new(plan, M, N, depth, packedA, b.At(k, 0), packedB, c, ldc, new TileEnd(accumulate || k > 0, false, null));
            team.Run(plan.ChunksM * plan.ChunksN, ref loop);
        }
    }

    private static void CheckMatrix(int length, int rows, int columns, int leading, string name)
    {
        Guard.That(leading >= Math.Max(columns, 1), $"Gemm: rows of '{name}' hold {columns} elements and lie {leading} apart.");
        long needed = rows == 0 || columns == 0 ? 0 : ((long)(rows - 1) * leading) + columns;
        Guard.That(length >= needed, $"Gemm: '{name}' has {length} elements; {rows} rows of {columns}, {leading} apart, want {needed}.");
    }

    private readonly struct ScratchUser(int M, int N, int K, int threads) : ITileUser<long>
    {
        public long Invoke<TTile>()
            where TTile : struct, ITile => GemmPlan.Of<TTile>(M, N, K, threads).Bytes;
    }

    private readonly unsafe struct RunUser(
        WorkerTeam team, Strided a, Strided b, int M, int N, int K, bool accumulate, float* c, nint ldc, byte* scratch) : ITileUser<bool>
    {
        public bool Invoke<TTile>()
            where TTile : struct, ITile
        {
            RunWith<TTile>(team, a, b, M, N, K, accumulate, c, ldc, scratch);
            return true;
        }
    }
}
