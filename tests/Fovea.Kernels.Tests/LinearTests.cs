namespace Fovea.Kernels.Tests;

public sealed class LinearTests
{
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(3, 400, 120)]
    [InlineData(64, 33, 10)]
    [InlineData(17, 785, 300)]
    public void LinearEqualsTheDefinition(int N, int IC, int OC)
    {
        float[] src = Data.Random(N * IC, 1), weights = Data.Random(OC * IC, 2), bias = Data.Random(OC, 3), diffDst = Data.Random(N * OC, 4);
        float[] dst = Data.AtAnyThreads("linear", team =>
        {
            float[] result = Data.Nan(N * OC);
            LinearKernels.Forward(team, N, IC, OC, src, weights, bias, true, result,
                Data.Dirty(LinearKernels.ForwardScratch(N, IC, OC, team.Threads)));
            return result;
        });
        float[] diffSrc = Data.AtAnyThreads("linear backward data", team =>
        {
            float[] result = Data.Nan(N * IC);
            LinearKernels.BackwardData(team, N, IC, OC, diffDst, weights, result,
                Data.Dirty(LinearKernels.BackwardDataScratch(N, IC, OC, team.Threads)));
            return result;
        });
        float[] both = Data.AtAnyThreads("linear backward weights", team =>
        {
            float[] result = Data.Nan(OC + (OC * IC));
            LinearKernels.BackwardWeights(
                team, N, IC, OC, src, diffDst, result.AsSpan(OC), result.AsSpan(0, OC),
                    Data.Dirty(LinearKernels.BackwardWeightsScratch(N, IC, OC, team.Threads)));
            return result;
        });
        Sums(N * OC, IC, dst, (i, k) => (double)src[(i / OC * IC) + k] * weights[(i % OC * IC) + k], i => bias[i % OC], relu: true);
        Sums(N * IC, OC, diffSrc, (i, k) => (double)diffDst[(i / IC * OC) + k] * weights[(k * IC) + (i % IC)], _ => 0);
        Sums(OC * IC, N, both[OC..], (i, k) => (double)diffDst[(k * OC) + (i / IC)] * src[(k * IC) + (i % IC)], _ => 0);
        Sums(OC, N, both[..OC], (i, k) => diffDst[(k * OC) + i], _ => 0);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(400, 3)]
    [InlineData(33, 10)]
    [InlineData(785, 301)]
    public void OneRowEqualsTheDefinition(int IC, int OC)
    {
        float[] src = Data.Random(IC, 1), bias = Data.Random(OC, 3);
        ushort[] weights = [.. Data.Random(OC * IC, 2).Select(BFloat16.FromSingle)];
        foreach (bool biased in (bool[])[true, false])
        {
            float[] dst = Data.AtAnyThreads("one row", team =>
            {
                float[] result = Data.Nan(OC);
                MatrixVector.Forward(team, src, weights, biased ? bias : [], relu: biased, result);
                return result;
            });
            Sums(OC, IC, dst, (i, k) => (double)src[k] * BFloat16.ToSingle(weights[(i * IC) + k]), i => biased ? bias[i] : 0, relu: biased);
        }
    }

    private static void Sums(int count, int terms, float[] actual, Func<int, int, double> term, Func<int, double> shift, bool relu = false)
    {
        for (int i = 0; i < count; i++)
        {
            double sum = shift(i), magnitude = Math.Abs(sum);
            for (int k = 0; k < terms; k++)
            {
                double value = term(i, k);
                sum += value;
                magnitude += Math.Abs(value);
            }
            Data.Near(relu ? Math.Max(0, sum) : sum, magnitude, terms + 1, actual[i], $"element {i}");
        }
    }
}
