using Fovea.Kernels.Threading;

namespace Fovea.Kernels.Tests;

public sealed class ElementwiseTests
{
    private static readonly int[] Lengths = [0, 1, 7, 8, 33, 16384, 50_001];

    private delegate void Unary(WorkerTeam team, ReadOnlySpan<float> src, Span<float> dst);

    private delegate void Binary(WorkerTeam team, ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> c);

    [Fact]
    public void ReluCutsAtZeroAndKeepsNan()
    {
        Check(Elementwise.ReluForward, x => x > 0 ? x : 0);
        using WorkerTeam team = new(1);
        float[] values = [float.NaN, -1f, 0f, 2f, float.NegativeInfinity, float.PositiveInfinity, -0f, 3f, float.NaN];
        Elementwise.ReluForward(team, values, values);
        Assert.Equal([float.NaN, 0f, 0f, 2f, 0f, float.PositiveInfinity, 0f, 3f, float.NaN], values);
    }

    [Fact]
    public void ReluPassesGradientsWhereItsResultIsPositive() => Check(Elementwise.ReluBackward, (dst, diff) => dst > 0 ? diff : 0);

    [Fact]
    public void SumsCopiesAndScales()
    {
        Check(Elementwise.Add, (a, b) => a + b);
        Check((team, a, b, c) => { a.CopyTo(c); Elementwise.Accumulate(team, c, b); }, (a, b) => a + b);
        Check(Elementwise.Copy, x => x);
        Check((team, src, dst) => Elementwise.Fill(team, 2.5f, dst), _ => 2.5f);
        Check((team, src, dst) => Elementwise.Scale(team, -3f, src, dst), x => x * -3f);
    }

    [Fact]
    public void TheEndOfAResidualBlockIsOnePass()
    {
        Check(Elementwise.AddRelu, (a, b) => a + b > 0 ? a + b : 0);
        using WorkerTeam one = new(1);
        float[] nan = [float.NaN, 1f];
        Elementwise.AddRelu(one, nan, [1f, -2f], nan);
        Assert.Equal([float.NaN, 0f], nan);
        foreach (int length in Lengths)
        {
            float[] dst = Data.Random(length, 1), a = Data.Random(length, 2), b = Data.Random(length, 3);
            float[] result = Data.AtAnyThreads("map", team =>
            {
                float[] target = Data.Nan(length);
                Elementwise.ReluBackwardOfSum(team, dst, a, b, target);
                return target;
            });
            for (int i = 0; i < length; i++)
                Assert.Equal(dst[i] > 0 ? a[i] + b[i] : 0, result[i]);
            Elementwise.ReluBackwardOfSum(one, dst, a, b, a);
            Data.SameBits(result, a, "in place");
        }
    }

    // Results within a stated number of ulps (units of 2^-23 relative) of the double precision function, over all magnitudes that matter.
    [Fact]
    public void SigmoidIsWithinTwoUlp() => Accurate(Elementwise.SigmoidForward, x => 1 / (1 + Math.Exp(-x)), 2);

    [Fact]
    public void TanhIsWithinThreeUlp() => Accurate(Elementwise.TanhForward, Math.Tanh, 3);

    [Fact]
    public void GradientsOfSigmoidsAreFunctionsOfTheResult()
    {
        Check(Elementwise.SigmoidBackward, (y, diff) => diff * (1f - y) * y);
        Check(Elementwise.TanhBackward, (y, diff) => diff * (1f - (y * y)));
    }

    [Fact]
    public void LengthsMustAgree()
    {
        using WorkerTeam team = new(1);
        float[] three = new float[3], four = new float[4];
        Assert.Throws<ArgumentException>(() => Elementwise.Add(team, three, three, four));
        Assert.Throws<ArgumentException>(() => Elementwise.Add(team, four, three, four));
        Assert.Throws<ArgumentException>(() => Elementwise.ReluForward(team, three, four));
    }

    private static void Check(Unary kernel, Func<float, float> expected)
    {
        foreach (int length in Lengths)
        {
            float[] src = Data.Random(length);
            float[] dst = Data.AtAnyThreads("map", team =>
            {
                float[] result = Data.Nan(length);
                kernel(team, src, result);
                return result;
            });
            for (int i = 0; i < length; i++)
                Assert.Equal(expected(src[i]), dst[i]);
        }
    }

    private static void Check(Binary kernel, Func<float, float, float> expected)
    {
        foreach (int length in Lengths)
        {
            float[] a = Data.Random(length, 1), b = Data.Random(length, 2);
            float[] c = Data.AtAnyThreads("map", team =>
            {
                float[] result = Data.Nan(length);
                kernel(team, a, b, result);
                return result;
            });
            for (int i = 0; i < length; i++)
                Assert.Equal(expected(a[i], b[i]), c[i]);
            float[] inPlace = [.. b];
            using WorkerTeam team = new(2);
            kernel(team, a, inPlace, inPlace);
            if (kernel.Method.DeclaringType == typeof(Elementwise))
                Data.SameBits(c, inPlace, "in place");
        }
    }

    private static void Accurate(Unary kernel, Func<double, double> function, double ulps)
    {
        List<float> values = [0f, 1e-30f, float.PositiveInfinity, float.NegativeInfinity];
        for (int i = -4000; i <= 4000; i++)
        {
            values.Add(i * 0.00521f);
            values.Add(i * 1e-5f);
        }
        float[] src = [.. values], dst = new float[src.Length];
        using WorkerTeam team = new(1);
        kernel(team, src, dst);
        for (int i = 0; i < src.Length; i++)
        {
            double expected = function(src[i]);
            Assert.True(Math.Abs(dst[i] - expected) <= ulps * 2 * Data.U * Math.Abs(expected), $"f({src[i]}) is {dst[i]}, expected {expected}.");
        }
        src = [float.NaN];
        dst = new float[1];
        kernel(team, src, dst);
        Assert.Equal(float.NaN, dst[0]);
    }
}
