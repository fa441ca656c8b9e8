namespace Fovea.Kernels.Tests;

/// <summary>
/// LRN over NHWC and nChw16c against its definition in double precision; the bounds are those of <see cref="LrnTests"/>, whose roundings are the same.
/// </summary>
public sealed class LrnChannelTests
{
    public static TheoryData<int, int, int, bool, int, float, float, float> Cases
    {
        get
        {
            TheoryData<int, int, int, bool, int, float, float, float> cases = [];
            foreach (bool blocked in (bool[])[false, true])
            {
                cases.Add(2, 7, 20, blocked, 5, 0.3f, 0.75f, 2f);
                cases.Add(1, 96, 301, blocked, 5, 2e-5f, 0.75f, 2f);
                cases.Add(2, 3, 1, blocked, 5, 0.5f, 0.75f, 1f);
                cases.Add(2, 16, 9, blocked, 4, 0.5f, 0.75f, 1f);
                cases.Add(1, 40, 17, blocked, 1, 0.5f, 0.6f, 1f);
                cases.Add(2, 33, 5, blocked, 3, 0.7f, 1.3f, 0.5f);
                cases.Add(1, 4, 8, blocked, 64, 0.1f, 0.5f, 1f);
                cases.Add(1, 3000, 2, blocked, 17, 0.01f, 0.75f, 1f);
            }
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void EqualsTheDefinition(int N, int C, int HW, bool blocked, int size, float alpha, float beta, float k)
    {
        int padded = blocked ? (C + 15) / 16 * 16 : C;
        int At(int n, int c, int p) => blocked ? ((((n * (padded / 16)) + (c / 16)) * HW) + p) * 16 + (c % 16) : (((n * HW) + p) * C) + c;
        float[] src = Padded(1), diffDst = Padded(2);
        float[] dst = Data.AtAnyThreads("LRN", team =>
        {
            float[] result = Data.Nan(src.Length);
            LrnChannelKernels.Forward(team, N, C, HW, blocked, size, alpha, beta, k, src, result);
            return result;
        });
        float[] diffSrc = Data.AtAnyThreads("LRN backward", team =>
        {
            float[] result = Data.Nan(src.Length);
            LrnChannelKernels.Backward(team, N, C, HW, blocked, size, alpha, beta, k, src, diffDst, result);
            return result;
        });
        int before = size / 2, after = (size - 1) / 2;
        for (int n = 0; n < N; n++)
        {
            for (int p = 0; p < HW; p++)
            {
                double[] x = [.. Enumerable.Range(0, C).Select(c => (double)src[At(n, c, p)])], d = [.. Enumerable.Range(0, C).Select(c => (double)diffDst[At(n, c, p)])];
                double[] scale = [.. Enumerable.Range(0, C).Select(c => k + (alpha * Window(c - before).Sum(i => x[i] * x[i])))];
                double[] terms = [.. Enumerable.Range(0, C).Select(c => d[c] * x[c] * Math.Pow(scale[c], -beta - 1))];
                for (int c = 0; c < C; c++)
                {
                    int at = At(n, c, p);
                    double expected = x[c] * Math.Pow(scale[c], -beta);
                    int roundings = (int)(beta * (size + 2)) + 8;
                    Data.Near(expected, Math.Abs(expected), roundings, dst[at], $"dst[{n}, {c}, {p}]");
                    double own = d[c] * Math.Pow(scale[c], -beta), factor = 2 * alpha * beta * x[c];
                    double sum = Window(c - after).Sum(i => terms[i]), magnitude = Math.Abs(own) + Math.Abs(factor * Window(c - after).Sum(i => Math.Abs(terms[i])));
                    Data.Near(own - (factor * sum), magnitude, roundings + (2 * size) + 8, diffSrc[at], $"diffSrc[{n}, {c}, {p}]");
                }
                for (int c = C; c < padded; c++)
                    Assert.True(dst[At(n, c, p)] == 0 && diffSrc[At(n, c, p)] == 0, $"padding [{n}, {c}, {p}] is not zero");
            }
        }

        IEnumerable<int> Window(int first) => Enumerable.Range(first, size).Where(i => i >= 0 && i < C);

        float[] Padded(int seed)
        {
            float[] values = Data.Random((long)N * padded * HW, (uint)seed);
            for (int n = 0; n < N; n++)
            {
                for (int p = 0; p < HW; p++)
                {
                    for (int c = C; c < padded; c++)
                        values[At(n, c, p)] = 0;
                }
            }
            return values;
        }
    }

    [Fact]
    public void WrongSizesAreRefused()
    {
        using Threading.WorkerTeam team = new(1);
        float[] values = new float[16 * 4];
        Assert.Throws<ArgumentException>(() => LrnChannelKernels.Forward(team, 1, 15, 4, false, 5, 1, 0.75f, 1, values, values));
        Assert.Throws<ArgumentException>(() => LrnChannelKernels.Forward(team, 1, 16, 4, true, 65, 1, 0.75f, 1, values, values));
        LrnChannelKernels.Forward(team, 1, 15, 4, true, 5, 1, 0.75f, 1, values, new float[64]);
    }
}
