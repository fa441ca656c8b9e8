namespace Fovea.OneDnn.Tests;

public class InnerProductTests
{
    [SkippableTheory]
    [InlineData(3, 37, 11)]
    [InlineData(16, 64, 48)]
    [InlineData(1, 5, 1)]
    public void ThreePassesAreThePlainSums(int n, int ic, int oc)
    {
        using Rig rig = new();
        float[] src = Values.Make(n * ic, 1), weights = Values.Make(oc * ic, 2), bias = Values.Make(oc, 3), diffDst = Values.Make(n * oc, 4);
        double[] dst = new double[n * oc], diffSrc = new double[n * ic], diffWeights = new double[oc * ic], diffBias = new double[oc];
        for (int i = 0; i < n; i++)
            for (int o = 0; o < oc; o++)
            {
                dst[i * oc + o] = bias[o];
                diffBias[o] += diffDst[i * oc + o];
                for (int k = 0; k < ic; k++)
                {
                    dst[i * oc + o] += (double)src[i * ic + k] * weights[o * ic + k];
                    diffSrc[i * ic + k] += (double)diffDst[i * oc + o] * weights[o * ic + k];
                    diffWeights[o * ic + k] += (double)diffDst[i * oc + o] * src[i * ic + k];
                }
            }

        foreach (bool any in new[] { true, false })
        {
            MemoryDesc s = rig.Natural(n, ic), d = rig.Natural(n, oc), b = rig.Natural(oc);
            MemoryDesc w = any ? rig.Api.Any([oc, ic], DataType.F32) : rig.Natural(oc, ic);
            PrimitiveDesc forward = rig.Need(rig.Api.InnerProductForward(true, s, w, b, d, null, out string why), why);
            float[] actual = rig.Prepare(forward, new Dictionary<Arg, float[]> { [Arg.Src] = src, [Arg.Weights] = weights, [Arg.Bias] = bias }, [Arg.Dst])
                .Execute(Arg.Dst);
            Values.AreClose(dst, actual, ic + 1, ic + 1, forward.ToString());
            foreach (PrimitiveDesc? hint in new[] { forward, null })
            {
                PrimitiveDesc data = rig.Need(rig.Api.InnerProductBackwardData(s, w, d, hint, null, out why), why);
                actual = rig.Prepare(data, new Dictionary<Arg, float[]> { [Arg.DiffDst] = diffDst, [Arg.Weights] = weights }, [Arg.DiffSrc]).Execute(Arg.DiffSrc);
                Values.AreClose(diffSrc, actual, oc, oc, data.ToString());

                PrimitiveDesc gradient = rig.Need(rig.Api.InnerProductBackwardWeights(s, w, b, d, hint, null, out why), why);
                Run run = rig.Prepare(
                    gradient, new Dictionary<Arg, float[]> { [Arg.DiffDst] = diffDst, [Arg.Src] = src }, [Arg.DiffWeights, Arg.DiffBias]);
                Values.AreClose(diffWeights, run.Execute(Arg.DiffWeights), n, n, gradient.ToString());
                Values.AreClose(diffBias, run.Read(Arg.DiffBias), n, n, gradient.ToString());
            }
        }
    }

    [SkippableFact]
    public void ALinearLayerIsAMatmulOverItsWeightsAsTheyLie()
    {
        using Rig rig = new();
        const int n = 5, ic = 40, oc = 24;
        float[] src = Values.Make(n * ic, 5), weights = Values.Make(oc * ic, 6), bias = Values.Make(oc, 7);
        MemoryDesc natural = rig.Natural(oc, ic), read = rig.Api.Plain([ic, oc], DataType.F32, FormatTag.Cn);
        PrimitiveDesc desc = rig.Need(
            rig.Api.Matmul(rig.Natural(n, ic), read, rig.Natural(1, oc), rig.Natural(n, oc), Attributes.Default.AppendEltwiseRelu(), out string why), why);
        nint memory = rig.Allocate(natural.ByteSize);
        rig.Store(weights, natural, memory);
        float[] actual = rig.Prepare(
            desc, new Dictionary<Arg, float[]> { [Arg.Src] = src, [Arg.Bias] = bias }, [Arg.Dst], new Dictionary<Arg, nint> { [Arg.Weights] = memory })
            .Execute(Arg.Dst);
        double[] expected = new double[n * oc];
        for (int i = 0; i < n; i++)
            for (int o = 0; o < oc; o++)
            {
                double sum = bias[o];
                for (int k = 0; k < ic; k++) sum += (double)src[i * ic + k] * weights[o * ic + k];
                expected[i * oc + o] = Math.Max(0, sum);
            }

        Values.AreClose(expected, actual, ic + 1, ic + 1, desc.ToString());
    }

    [SkippableFact]
    public void MatmulIsTheMatrixProduct()
    {
        using Rig rig = new();
        const int m = 5, k = 33, n = 17;
        float[] a = Values.Make(m * k, 5), b = Values.Make(k * n, 6), c = Values.Make(n, 7);
        double[] expected = new double[m * n];
        for (int i = 0; i < m; i++)
            for (int j = 0; j < n; j++)
            {
                expected[i * n + j] = c[j];
                for (int l = 0; l < k; l++) expected[i * n + j] += (double)a[i * k + l] * b[l * n + j];
            }

        foreach (FormatTag tag in new[] { FormatTag.Nc, FormatTag.Cn })
        {
            PrimitiveDesc desc = rig.Need(
                rig.Api.Matmul(rig.Natural(m, k), rig.Api.Plain([k, n], DataType.F32, tag), rig.Natural(1, n), rig.Natural(m, n), null, out string why), why);
            float[] actual = rig.Prepare(desc, new Dictionary<Arg, float[]> { [Arg.Src] = a, [Arg.Weights] = b, [Arg.Bias] = c }, [Arg.Dst]).Execute(Arg.Dst);
            Values.AreClose(expected, actual, k + 1, k + 1, desc.ToString());
        }
    }
}
