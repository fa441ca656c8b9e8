using Fovea.Kernels.Threading;

namespace Fovea.Kernels.Tests;

public sealed class LinearAndOptimizerTests
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
    [InlineData(0.0, 0.0, false)]
    [InlineData(0.9, 0.0005, false)]
    [InlineData(0.9, 0.01, true)]
    public void SgdIsPyTorchs(double momentum, double decay, bool nesterov)
    {
        const int count = 20_001;
        const double lr = 0.1;
        float[] start = Data.Random(count, 1);
        double[] w = [.. start.Select(x => (double)x)], v = new double[count];
        float[] result = Data.AtAnyThreads("sgd", team =>
        {
            float[] weights = [.. start], velocity = momentum == 0 ? [] : new float[count];
            for (uint step = 0; step < 3; step++)
                OptimizerKernels.Sgd(team, lr, momentum, decay, nesterov, Data.Random(count, 10 + step), velocity, weights);
            return weights;
        });
        for (uint step = 0; step < 3; step++)
        {
            float[] grad = Data.Random(count, 10 + step);
            for (int i = 0; i < count; i++)
            {
                double g = grad[i] + (decay * w[i]);
                v[i] = (momentum * v[i]) + g;
                w[i] -= lr * (nesterov ? g + (momentum * v[i]) : momentum == 0 ? g : v[i]);
            }
        }
        for (int i = 0; i < count; i++)
            Data.Near(w[i], 3, 12, result[i], $"weights[{i}]");
    }

    [Fact]
    public void AdamIsPyTorchs()
    {
        const int count = 1003;
        const double lr = 0.01, beta1 = 0.9, beta2 = 0.999, eps = 1e-8, decay = 0.01;
        float[] start = Data.Random(count, 1);
        double[] w = [.. start.Select(x => (double)x)], m = new double[count], v = new double[count];
        float[] result = Data.AtAnyThreads("adam", team =>
        {
            float[] weights = [.. start], first = new float[count], second = new float[count];
            for (uint step = 1; step <= 4; step++)
                OptimizerKernels.Adam(team, lr, beta1, beta2, eps, decay, step, Data.Random(count, 10 + step), first, second, weights);
            return weights;
        });
        for (uint step = 1; step <= 4; step++)
        {
            float[] grad = Data.Random(count, 10 + step);
            for (int i = 0; i < count; i++)
            {
                double g = grad[i] + (decay * w[i]);
                m[i] = (beta1 * m[i]) + ((1 - beta1) * g);
                v[i] = (beta2 * v[i]) + ((1 - beta2) * g * g);
                w[i] -= lr / (1 - Math.Pow(beta1, step)) * m[i] / ((Math.Sqrt(v[i]) / Math.Sqrt(1 - Math.Pow(beta2, step))) + eps);
            }
        }

        // Every step moves a weight by a few lr; each move carries about 20 roundings, some of sums that cancel to a tenth of their parts.
        for (int i = 0; i < count; i++)
            Assert.True(Math.Abs(w[i] - result[i]) <= ((4 * 2) + (4 * 200 * lr)) * Data.U, $"weights[{i}] is {result[i]}, expected {w[i]}.");
    }

    [Fact]
    public void UpdatesRefuseStateOfAnotherLength()
    {
        using WorkerTeam team = new(1);
        Assert.Throws<ArgumentException>(() => OptimizerKernels.Sgd(team, 0.1, 0.9, 0, false, new float[3], [], new float[3]));
        Assert.Throws<ArgumentException>(() =>
            OptimizerKernels.Adam(team, 0.1, 0.9, 0.999, 1e-8, 0, 1, new float[3], new float[3], new float[2], new float[3]));
        Assert.Throws<ArgumentOutOfRangeException>(() =>
            OptimizerKernels.Adam(team, 0.1, 0.9, 0.999, 1e-8, 0, 0, new float[3], new float[3], new float[3], new float[3]));
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
