namespace Fovea.Kernels.Tests;

public sealed class LrnTests
{
    public static TheoryData<int, int, int, int, float, float, float> Cases => new()
    {
        { 2, 7, 20, 5, 0.3f, 0.75f, 2f }, { 1, 96, 301, 5, 2e-5f, 0.75f, 2f }, { 2, 3, 1, 5, 0.5f, 0.75f, 1f }, { 2, 6, 9, 4, 0.5f, 0.75f, 1f },
        { 1, 5, 130, 1, 0.5f, 0.6f, 1f }, { 2, 5, 33, 3, 0.7f, 1.3f, 0.5f }, { 1, 4, 8, 64, 0.1f, 0.5f, 1f },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void EqualsTheDefinition(int N, int C, int HW, int size, float alpha, float beta, float k)
    {
        float[] src = Data.Random((long)N * C * HW, 1), diffDst = Data.Random((long)N * C * HW, 2);
        float[] dst = Data.AtAnyThreads("LRN", team =>
        {
            float[] result = Data.Nan(src.Length);
            LrnKernels.Forward(team, N, C, HW, size, alpha, beta, k, src, result);
            return result;
        });
        float[] diffSrc = Data.AtAnyThreads("LRN backward", team =>
        {
            float[] result = Data.Nan(src.Length);
            LrnKernels.Backward(team, N, C, HW, size, alpha, beta, k, src, diffDst, result);
            return result;
        });
        int before = size / 2, after = (size - 1) / 2;
        for (int n = 0; n < N; n++)
        {
            for (int p = 0; p < HW; p++)
            {
                double X(int c) => src[(((n * C) + c) * HW) + p];
                double D(int c) => diffDst[(((n * C) + c) * HW) + p];
                double Scale(int c) => k + (alpha * Enumerable.Range(c - before, size).Where(i => i >= 0 && i < C).Sum(i => X(i) * X(i)));
                for (int c = 0; c < C; c++)
                {
                    int at = (((n * C) + c) * HW) + p;
                    double expected = X(c) * Math.Pow(Scale(c), -beta);

                    // The scale carries size + 2 roundings, the power beta times as many and up to 8 of its own.
                    int roundings = (int)(beta * (size + 2)) + 8;
                    Data.Near(expected, Math.Abs(expected), roundings, dst[at], $"dst[{at}]");

                    // Channel c lies in the windows of channels c - after to c + before.
                    double[] terms = [.. Enumerable.Range(c - after, size).Where(i => i >= 0 && i < C).Select(i =>
                        D(i) * X(i) * Math.Pow(Scale(i), -beta - 1))];
                    double own = D(c) * Math.Pow(Scale(c), -beta), factor = 2 * alpha * beta * X(c);
                    double magnitude = Math.Abs(own) + Math.Abs(factor * terms.Sum(Math.Abs));
                    Data.Near(own - (factor * terms.Sum()), magnitude, roundings + (2 * size) + 8, diffSrc[at], $"diffSrc[{at}]");
                }
            }
        }
    }

    [Fact]
    public void GradientFollowsFiniteDifferences()
    {
        const int C = 9, HW = 3, size = 5;
        const float alpha = 0.4f, beta = 0.75f, k = 1.5f, h = 1f / 64;
        using Threading.WorkerTeam team = new(1);
        float[] src = Data.Random(C * HW, 1), diffDst = Data.Random(C * HW, 2), diffSrc = new float[C * HW];
        LrnKernels.Backward(team, 1, C, HW, size, alpha, beta, k, src, diffDst, diffSrc);
        double Loss(int i, float step)
        {
            float[] moved = [.. src], dst = new float[C * HW];
            moved[i] += step;
            LrnKernels.Forward(team, 1, C, HW, size, alpha, beta, k, moved, dst);
            return dst.Zip(diffDst, (a, b) => (double)a * b).Sum();
        }
        for (int i = 0; i < src.Length; i++)
        {
            // Central differences err by h^2/6 times a third derivative (below 10 for these constants), and by the forward's rounding over h.
            double numeric = (Loss(i, h) - Loss(i, -h)) / (2 * h);
            Assert.True(Math.Abs(numeric - diffSrc[i]) < (h * h * 10 / 6) + (10 * Data.U / h),
                $"diffSrc[{i}] is {diffSrc[i]}, the differences say {numeric}.");
        }
    }
}
