using Fovea.Kernels.Threading;

namespace Fovea.Kernels.Tests;

public sealed class OptimizerTests
{
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
        Assert.Throws<ArgumentException>(() => OptimizerKernels.RmsProp(team, 0.1, 0.9, 1e-8, 0.9, 0, new float[3], new float[3], [], new float[3]));
        Assert.Throws<ArgumentException>(() => GradientKernels.Average(team, 0.5, new float[3], new float[2]));
        Assert.Throws<ArgumentException>(() => GradientKernels.Average(team, 1.5, new float[3], new float[3]));
        Assert.Throws<ArgumentOutOfRangeException>(() =>
            OptimizerKernels.Adam(team, 0.1, 0.9, 0.999, 1e-8, 0, 0, new float[3], new float[3], new float[3], new float[3]));
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.7)]
    public void RmsPropIsPyTorchs(double momentum)
    {
        const int count = 40_003;
        const double lr = 0.01, alpha = 0.99, eps = 1e-8, decay = 0.01;
        float[] start = Data.Random(count, 1);
        double[] w = [.. start.Select(x => (double)x)], s = new double[count], b = new double[count];
        float[] result = Data.AtAnyThreads("rmsprop", team =>
        {
            float[] weights = [.. start], square = new float[count], velocity = momentum == 0 ? [] : new float[count];
            for (uint step = 1; step <= 4; step++)
                OptimizerKernels.RmsProp(team, lr, alpha, eps, momentum, decay, Data.Random(count, 10 + step), square, velocity, weights);
            return weights;
        });
        for (uint step = 1; step <= 4; step++)
        {
            float[] grad = Data.Random(count, 10 + step);
            for (int i = 0; i < count; i++)
            {
                double g = grad[i] + (decay * w[i]);
                s[i] = (alpha * s[i]) + ((1 - alpha) * g * g);
                b[i] = (momentum * b[i]) + (g / (Math.Sqrt(s[i]) + eps));
                w[i] -= lr * b[i];
            }
        }

        // A move is at most 10 lr in the first step and less later, with momentum up to 2.5 times that; each carries about 20 roundings.
        for (int i = 0; i < count; i++)
            Assert.True(Math.Abs(w[i] - result[i]) <= ((4 * 2) + (4 * 25 * 20 * lr)) * Data.U, $"weights[{i}] is {result[i]}, expected {w[i]}.");
    }

    [Fact]
    public void AdamWTakesItsDecayFromTheWeights()
    {
        const int count = 1003;
        const double lr = 0.01, beta1 = 0.9, beta2 = 0.999, eps = 1e-8, decay = 0.5;
        float[] start = Data.Random(count, 1);
        double[] w = [.. start.Select(x => (double)x)], m = new double[count], v = new double[count];
        float[] result = Data.AtAnyThreads("adamw", team =>
        {
            float[] weights = [.. start], first = new float[count], second = new float[count];
            for (uint step = 1; step <= 4; step++)
                OptimizerKernels.AdamW(team, lr, beta1, beta2, eps, decay, step, Data.Random(count, 10 + step), first, second, weights);
            return weights;
        });
        for (uint step = 1; step <= 4; step++)
        {
            float[] grad = Data.Random(count, 10 + step);
            for (int i = 0; i < count; i++)
            {
                w[i] *= 1 - (lr * decay);
                m[i] = (beta1 * m[i]) + ((1 - beta1) * grad[i]);
                v[i] = (beta2 * v[i]) + ((1 - beta2) * grad[i] * grad[i]);
                w[i] -= lr / (1 - Math.Pow(beta1, step)) * m[i] / ((Math.Sqrt(v[i]) / Math.Sqrt(1 - Math.Pow(beta2, step))) + eps);
            }
        }

        // As for Adam, and two roundings more in each step for the decay.
        for (int i = 0; i < count; i++)
            Assert.True(Math.Abs(w[i] - result[i]) <= ((4 * 4) + (4 * 200 * lr)) * Data.U, $"weights[{i}] is {result[i]}, expected {w[i]}.");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(65536)]
    [InlineData(200_003)]
    public void SumsOfSquaresAreExactToTheLastDigitsOfADouble(int count)
    {
        float[] values = Data.Random(count, 3);
        float[] bits = Data.AtAnyThreads("squares", team => [(float)GradientKernels.SumOfSquares(team, values)]);
        using WorkerTeam one = new(1);
        double sum = GradientKernels.SumOfSquares(one, values), expected = values.Sum(x => (double)x * x);
        Assert.Equal((float)sum, bits[0]);
        // Squares of floats are exact in double; a sum in any order errs by at most count * 2^-53 of itself.
        Assert.True(Math.Abs(sum - expected) <= (count + 1) * Math.Pow(2, -53) * expected);
    }

    [Theory]
    [InlineData(1.0)]
    [InlineData(0.25)]
    [InlineData(0.001)]
    public void AveragesMoveByTheirShare(double share)
    {
        const int count = 20_001;
        float[] values = Data.Random(count, 4), before = Data.Random(count, 5);
        float[] after = Data.AtAnyThreads("average", team =>
        {
            float[] average = [.. before];
            GradientKernels.Average(team, share, values, average);
            return average;
        });
        for (int i = 0; i < count; i++)
            Data.Near(before[i] + (share * ((double)values[i] - before[i])), Math.Abs(before[i]) + Math.Abs(values[i]), 4, after[i], $"average[{i}]");
        if (share == 1)
            Assert.Equal(values, after);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(128)]
    [InlineData(255)]
    [InlineData(256)]
    public void BlendsAreRoundedToTheNearestGreyLevel(int share)
    {
        byte[] a = [.. Enumerable.Range(0, 256 * 256).Select(i => (byte)i)], b = [.. Enumerable.Range(0, 256 * 256).Select(i => (byte)(i >> 8))];
        foreach (int length in (int[])[a.Length, 7])
        {
            byte[] mixed = [.. a[..length]];
            BlendKernels.Blend(share, mixed, b.AsSpan(0, length));
            for (int i = 0; i < length; i++)
                Assert.Equal((byte)Math.Floor((((a[i] * share) + (b[i] * (256 - share))) / 256.0) + 0.5), mixed[i]);
        }
    }
}
