using Fovea.Kernels.Threading;

namespace Fovea.Kernels.Tests;

public sealed class SoftmaxTests
{
    [Theory]
    [InlineData(1, 1, 0f)]
    [InlineData(5, 10, 0f)]
    [InlineData(300, 37, 0.1f)]
    [InlineData(3, 1000, 0.3f)]
    public void LossAndGradientEqualTheDefinition(int N, int classes, float smoothing)
    {
        float[] logits = [.. Data.Random((long)N * classes).Select(x => 8 * x)];
        Label[] labels = [.. Enumerable.Range(0, N).Select(n =>
            new Label((n * 7) % classes, ((n * 3) + 1) % classes, n % 3 == 0 ? 1f : 0.7f, n % 4 == 1 ? 0f : n % 5 == 2 ? 0.5f : 1f))];
        LossSums sums = default, lossOnly = default;
        float[] diff = Data.AtAnyThreads("cross entropy", team =>
        {
            float[] result = Data.Nan(logits.Length);
            LossSums before = sums;
            SoftmaxKernels.CrossEntropy(team, N, classes, logits, labels, smoothing, result, out sums);
            SoftmaxKernels.CrossEntropy(team, N, classes, logits, labels, smoothing, [], out lossOnly);
            Assert.True(before == default || before == sums, "The sums depend on the number of threads.");
            return result;
        });
        Assert.Equal(sums, lossOnly);
        double loss = 0, weights = labels.Sum(label => (double)label.Weight);
        int correct = 0, correct5 = 0;
        for (int n = 0; n < N; n++)
        {
            double[] x = [.. logits.Skip(n * classes).Take(classes).Select(v => (double)v)];
            double log = x.Max() + Math.Log(x.Sum(v => Math.Exp(v - x.Max())));
            Label label = labels[n];
            int rank = x.Index().Count(other => other.Item > x[label.A] || (other.Item == x[label.A] && other.Index < label.A));
            if (label.Weight > 0)
                (correct, correct5) = (correct + (rank == 0 ? 1 : 0), correct5 + (rank < 5 ? 1 : 0));
            for (int c = 0; c < classes; c++)
            {
                double target = smoothing / classes;
                target += (1.0 - smoothing) * ((c == label.A ? label.Lambda : 0) + (c == label.B ? 1.0 - label.Lambda : 0));
                loss -= label.Weight * target * (x[c] - log);

                // exp of a difference that is exact to 16 * u, three products and two subtractions; the parts are at most 1.
                double probability = Math.Exp(x[c] - log), scale = label.Weight / weights;
                Assert.True(Math.Abs(((probability - target) * scale) - diff[(n * classes) + c]) <= ((24 * probability)
                    + (4 * target)) * scale * Data.U, $"diff[{n}, {c}]");
            }
        }
        Assert.Equal((weights, correct, correct5, 0), (sums.Weight, sums.Correct, sums.Correct5, sums.NonFinite));

        // Sums are double, exponentials are float32: relative 4 u each inside a logarithm.
        Assert.True(Math.Abs(loss - sums.Loss) <= 8 * Data.U * weights + (1e-12 * loss), $"Loss {sums.Loss}, expected {loss}.");
    }

    [Fact]
    public void SlotsWithoutWeightCountNowhere()
    {
        using WorkerTeam team = new(2);
        float[] logits = [float.NaN, 1f, 2f, 3f], diff = Data.Nan(4);
        SoftmaxKernels.CrossEntropy(team, 2, 2, logits, [Label.Ignored, Label.Of(1)], 0f, diff, out LossSums sums);
        Assert.Equal((1.0, 1, 1, 0), (sums.Weight, sums.Correct, sums.Correct5, sums.NonFinite));
        Assert.Equal([0f, 0f], diff[..2]);
        SoftmaxKernels.CrossEntropy(team, 2, 2, logits, [Label.Ignored, Label.Ignored], 0f, diff, out sums);
        Assert.Equal(default, sums);
        Assert.Equal(new float[4], diff);
    }

    [Fact]
    public void NumbersThatAreNoneAreCounted()
    {
        using WorkerTeam team = new(1);
        float[] logits = [float.NaN, 1f, 2f, float.PositiveInfinity, 1f, 0f];
        SoftmaxKernels.CrossEntropy(team, 3, 2, logits, [Label.Of(0), Label.Of(1), Label.Of(0)], 0f, [], out LossSums sums);
        Assert.Equal((3.0, 1, 2), (sums.Weight, sums.Correct, sums.NonFinite));
        Assert.False(double.IsFinite(sums.Loss));
    }

    [Fact]
    public void LargeLogitsDoNotOverflow()
    {
        using WorkerTeam team = new(1);
        SoftmaxKernels.CrossEntropy(team, 1, 3, [1e30f, -1e30f, 1e4f], [Label.Of(0)], 0f, [], out LossSums sums);
        Assert.Equal(0.0, sums.Loss);
        float[] probabilities = new float[3];
        SoftmaxKernels.Softmax(team, 1, 3, [1000f, 1000f, -1000f], probabilities);
        Assert.Equal([0.5f, 0.5f, 0f], probabilities);
    }

    [Fact]
    public void RefusesAClassThatIsNone()
    {
        using WorkerTeam team = new(1);
        ArgumentException error = Assert.Throws<ArgumentException>(() =>
            SoftmaxKernels.CrossEntropy(team, 1, 2, [0f, 0f], [Label.Of(2)], 0f, [], out _));
        Assert.Contains("0 to 1", error.Message, StringComparison.Ordinal);
    }
}
