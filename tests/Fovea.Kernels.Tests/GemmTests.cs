using Fovea.Kernels.Threading;

namespace Fovea.Kernels.Tests;

public sealed unsafe class GemmTests
{
    public static TheoryData<int, int, int> Sizes => new()
    {
        { 1, 1, 1 }, { 1, 33, 5 }, { 14, 32, 8 }, { 15, 31, 17 }, { 8, 64, 400 }, { 5, 100, 769 }, { 3, 7, 385 }, { 97, 65, 64 }, { 29, 200, 33 },
        { 130, 1, 50 }, { 64, 300, 1 }, { 4, 16, 0 }, { 0, 5, 3 },
    };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void EqualsTheSumOfProducts(int M, int N, int K)
    {
        foreach ((bool transA, bool transB, float beta) in new[] { (false, false, 0f), (true, false, 1f), (false, true, 0f), (true, true, 1f) })
        {
            int lda = (transA ? M : K) + 3, ldb = (transB ? N == 0 ? 0 : K : N) + 2, ldc = N + 1;
            float[] a = Data.Random((long)(transA ? K : M) * lda, 1), b = Data.Random((long)(transB ? N : K) * ldb, 2),
                before = Data.Random((long)M * ldc, 3);
            float[] result = Data.AtAnyThreads($"gemm {M}x{N}x{K}", team =>
            {
                float[] c = beta == 0f ? Data.Nan(before.Length) : [.. before];
                Gemm.Run(team, transA, transB, M, N, K, a, lda, b, ldb, beta, c, ldc, Data.Dirty(Gemm.ScratchBytes(M, N, K, team.Threads)));
                return c;
            });
            for (int i = 0; i < M; i++)
            {
                for (int j = 0; j < N; j++)
                {
                    double sum = beta == 0f ? 0 : before[(i * ldc) + j], magnitude = Math.Abs(sum);
                    for (int k = 0; k < K; k++)
                    {
                        double term = (double)a[transA ? (k * lda) + i : (i * lda) + k] * b[transB ? (j * ldb) + k : (k * ldb) + j];
                        sum += term;
                        magnitude += Math.Abs(term);
                    }
                    Data.Near(sum, magnitude, K + 1, result[(i * ldc) + j], $"c[{i}, {j}] of {M}x{N}x{K}");
                }
                Assert.Equal(beta == 0f ? float.NaN : before[(i * ldc) + N], result[(i * ldc) + N]);
            }
        }
    }

    [Fact]
    public void EveryTileThatTheMachineHasGivesTheProduct()
    {
        With<Tile128>();
        if (Tile256.IsSupported)
            With<Tile256>();
        if (Tile512.IsSupported)
            With<Tile512>();
    }

    [Fact]
    public void RefusesMemoryThatIsTooSmall()
    {
        using WorkerTeam team = new(1);
        float[] four = new float[4];
        byte[] scratch = new byte[Gemm.ScratchBytes(2, 2, 2, 1)];
        Assert.Throws<ArgumentException>(() => Gemm.Run(team, false, false, 2, 2, 2, four, 2, four, 2, 0f, new float[3], 2, scratch));
        Assert.Throws<ArgumentException>(() => Gemm.Run(team, false, false, 2, 2, 2, four, 1, four, 2, 0f, four, 2, scratch));
        Assert.Throws<ArgumentException>(() => Gemm.Run(team, false, false, 2, 2, 2, four, 2, four, 2, 0f, four, 2, scratch.AsSpan(1)));
        Assert.Throws<ArgumentException>(() => Gemm.Run(team, false, false, 2, 2, 2, four, 2, four, 2, 0.5f, four, 2, scratch));
    }

    private static void With<TTile>()
        where TTile : struct, ITile
    {
        using WorkerTeam team = new(2);
        foreach ((int M, int N, int K) in new[] { (37, 71, 400), (6, 16, 3), (9, 5, 11) })
        {
            float[] a = Data.Random(M * K, 1), b = Data.Random(K * N, 2), c = Data.Nan(M * N);
            byte[] scratch = Data.Dirty(GemmPlan.Of<TTile>(M, N, K, 2).Bytes);
            fixed (float* left = a, right = b, target = c)
            fixed (byte* memory = scratch)
                Gemm.RunWith<TTile>(team, Strided.Of(left, K, false), Strided.Of(right, N, false), M, N, K, false, target, N, memory);
            for (int i = 0; i < M; i++)
            {
                for (int j = 0; j < N; j++)
                {
                    double sum = 0, magnitude = 0;
                    for (int k = 0; k < K; k++)
                    {
                        sum += (double)a[(i * K) + k] * b[(k * N) + j];
                        magnitude += Math.Abs((double)a[(i * K) + k] * b[(k * N) + j]);
                    }
                    Data.Near(sum, magnitude, K, c[(i * N) + j], $"{typeof(TTile).Name} c[{i}, {j}]");
                }
            }
        }
    }
}
