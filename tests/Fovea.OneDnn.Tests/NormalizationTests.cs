namespace Fovea.OneDnn.Tests;

public class NormalizationTests
{
    [SkippableTheory]
    [InlineData(FormatTag.Nchw)]
    [InlineData(FormatTag.Nhwc)]
    [InlineData(FormatTag.NChw16c)]
    public void LrnDividesAlphaByTheSizeItself(FormatTag tag)
    {
        using Rig rig = new();
        const int n = 2, c = 32, h = 5, w = 6, size = 5;
        const float alpha = 0.3f, beta = 0.75f, k = 2f;
        float[] src = Values.Make(n * c * h * w, 1), diffDst = Values.Make(n * c * h * w, 2);
        double[] dst = new double[src.Length], diffSrc = new double[src.Length];
        int plane = h * w;
        for (int i = 0; i < n; i++)
            for (int p = 0; p < plane; p++)
            {
                int At(int channel) => (i * c + channel) * plane + p;
                double[] omega = new double[c];
                for (int j = 0; j < c; j++)
                {
                    double sum = 0;
                    for (int o = Math.Max(0, j - 2); o <= Math.Min(c - 1, j + 2); o++) sum += (double)src[At(o)] * src[At(o)];
                    omega[j] = k + (double)alpha / size * sum;
                    dst[At(j)] = src[At(j)] * Math.Pow(omega[j], -beta);
                }

                for (int j = 0; j < c; j++)
                {
                    diffSrc[At(j)] = diffDst[At(j)] * Math.Pow(omega[j], -beta);
                    for (int o = Math.Max(0, j - 2); o <= Math.Min(c - 1, j + 2); o++)
                        diffSrc[At(j)] -= 2.0 * alpha * beta / size * src[At(j)] * diffDst[At(o)] * src[At(o)] * Math.Pow(omega[o], -beta - 1);
                }
            }

        MemoryDesc desc = rig.Api.Plain([n, c, h, w], DataType.F32, tag);
        PrimitiveDesc forward = rig.Need(rig.Api.LrnForward(true, true, desc, size, alpha, beta, k, null, out string why), why);
        MemoryDesc? workspace = forward.Query(Arg.Workspace);
        Run run = rig.Prepare(forward, new Dictionary<Arg, float[]> { [Arg.Src] = src }, workspace is null ? [Arg.Dst] : [Arg.Dst, Arg.Workspace]);
        // Five squares, a product, two square roots and a division: 12 roundings of numbers below 1.
        Values.AreClose(dst, run.Execute(Arg.Dst), 12, 1, forward.ToString());

        PrimitiveDesc backward = rig.Need(rig.Api.LrnBackward(true, desc, desc, size, alpha, beta, k, forward, null, out why), why);
        // The reference kernel of the plain layout leaves the workspace that the forward pass made unread.
        Assert.True(backward.Query(Arg.Workspace) is null ? backward.IsReference || workspace is null : backward.Query(Arg.Workspace)!.Equals(workspace));
        Dictionary<Arg, nint> shared = backward.Query(Arg.Workspace) is null ? [] : new() { [Arg.Workspace] = run.Address(Arg.Workspace) };
        Run back = rig.Prepare(backward, new Dictionary<Arg, float[]> { [Arg.Src] = src, [Arg.DiffDst] = diffDst }, [Arg.DiffSrc], shared);
        Values.AreClose(diffSrc, back.Execute(Arg.DiffSrc), 24, 2, backward.ToString());
    }

    [SkippableTheory]
    [InlineData(16, FormatTag.NChw16c, false)]
    [InlineData(16, FormatTag.Nhwc, true)]
    [InlineData(7, FormatTag.Nchw, false)]
    public void BatchNormIsTheFormula(int c, FormatTag tag, bool relu)
    {
        using Rig rig = new();
        const int n = 3, h = 4, w = 5;
        const float epsilon = 1e-3f;
        const int count = n * h * w;
        float[] src = Values.Make(n * c * h * w, 1), diffDst = Values.Make(n * c * h * w, 2), gamma = Values.Make(c, 3), beta = Values.Make(c, 4);
        double[] dst = new double[src.Length], diffSrc = new double[src.Length], mean = new double[c], variance = new double[c];
        double[] diffGamma = new double[c], diffBeta = new double[c];
        for (int j = 0; j < c; j++)
        {
            int[] own = [.. Enumerable.Range(0, src.Length).Where(i => i / (h * w) % c == j)];
            mean[j] = own.Average(i => (double)src[i]);
            variance[j] = own.Average(i => Math.Pow(src[i] - mean[j], 2));
            double scale = 1 / Math.Sqrt(variance[j] + epsilon);
            double Hat(int i) => (src[i] - mean[j]) * scale;
            double Diff(int i) => relu && gamma[j] * Hat(i) + beta[j] <= 0 ? 0 : diffDst[i];
            diffGamma[j] = own.Sum(i => Diff(i) * Hat(i));
            diffBeta[j] = own.Sum(Diff);
            foreach (int i in own)
            {
                double value = gamma[j] * Hat(i) + beta[j];
                dst[i] = relu ? Math.Max(0, value) : value;
                diffSrc[i] = gamma[j] * scale * (Diff(i) - diffBeta[j] / count - Hat(i) * diffGamma[j] / count);
            }
        }

        BatchNormOptions options = BatchNormOptions.UseScale | BatchNormOptions.UseShift | (relu ? BatchNormOptions.FuseRelu : 0);
        MemoryDesc desc = rig.Api.Plain([n, c, h, w], DataType.F32, tag);
        PrimitiveDesc forward = rig.Need(rig.Api.BatchNormForward(true, desc, epsilon, options, null, out string why), why);
        Arg[] outputs = relu ? [Arg.Dst, Arg.Mean, Arg.Variance, Arg.Workspace] : [Arg.Dst, Arg.Mean, Arg.Variance];
        Run run = rig.Prepare(forward, new Dictionary<Arg, float[]> { [Arg.Src] = src, [Arg.Scale] = gamma, [Arg.Shift] = beta }, outputs);
        // Sums of 60 numbers; normalising divides by a standard deviation of about 1/sqrt(3): magnitudes up to 2, gradients up to 2 * 60.
        Values.AreClose(dst, run.Execute(Arg.Dst), count, 4, forward.ToString());
        Values.AreClose(mean, run.Read(Arg.Mean), count, 1, forward.ToString());
        Values.AreClose(variance, run.Read(Arg.Variance), count, 1, forward.ToString());

        PrimitiveDesc backward = rig.Need(rig.Api.BatchNormBackward(desc, desc, epsilon, options, forward, null, out why), why);
        Dictionary<Arg, nint> shared = new() { [Arg.Mean] = run.Address(Arg.Mean), [Arg.Variance] = run.Address(Arg.Variance) };
        if (relu) shared.Add(Arg.Workspace, run.Address(Arg.Workspace));
        Run back = rig.Prepare(
            backward, new Dictionary<Arg, float[]> { [Arg.Src] = src, [Arg.DiffDst] = diffDst, [Arg.Scale] = gamma, [Arg.Shift] = beta },
            [Arg.DiffSrc, Arg.DiffScale, Arg.DiffShift], shared);
        Values.AreClose(diffSrc, back.Execute(Arg.DiffSrc), count, 8, backward.ToString());
        Values.AreClose(diffGamma, back.Read(Arg.DiffScale), count, 2 * count, backward.ToString());
        Values.AreClose(diffBeta, back.Read(Arg.DiffShift), count, count, backward.ToString());
    }
}
