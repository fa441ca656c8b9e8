namespace Fovea.OneDnn.Tests;

public class PointwiseTests
{
    [SkippableTheory]
    [InlineData(EltwiseAlgorithm.Relu, false)]
    [InlineData(EltwiseAlgorithm.Logistic, false)]
    [InlineData(EltwiseAlgorithm.Tanh, false)]
    [InlineData(EltwiseAlgorithm.ReluUseDst, true)]
    [InlineData(EltwiseAlgorithm.LogisticUseDst, true)]
    [InlineData(EltwiseAlgorithm.TanhUseDst, true)]
    public void EltwiseForwardAndBackward(EltwiseAlgorithm algorithm, bool fromDst)
    {
        using Rig rig = new();
        const int count = 2 * 19 * 3 * 5;
        float[] src = [.. Values.Make(count, 1).Select(v => 6 * v)], diffDst = Values.Make(count, 2);
        double F(double x) => algorithm switch
        {
            EltwiseAlgorithm.Relu or EltwiseAlgorithm.ReluUseDst => Math.Max(x, 0),
            EltwiseAlgorithm.Logistic or EltwiseAlgorithm.LogisticUseDst => 1 / (1 + Math.Exp(-x)),
            _ => Math.Tanh(x),
        };
        double Slope(double x) => algorithm switch
        {
            EltwiseAlgorithm.Relu or EltwiseAlgorithm.ReluUseDst => x > 0 ? 1 : 0,
            EltwiseAlgorithm.Logistic or EltwiseAlgorithm.LogisticUseDst => F(x) * (1 - F(x)),
            _ => 1 - F(x) * F(x),
        };
        foreach (FormatTag tag in new[] { FormatTag.Nchw, FormatTag.NChw16c })
        {
            MemoryDesc desc = rig.Api.Plain([2, 19, 3, 5], DataType.F32, tag);
            PrimitiveDesc forward = rig.Need(rig.Api.EltwiseForward(true, algorithm, desc, 0, 0, null, out string why), why);
            float[] dst = rig.Prepare(forward, new Dictionary<Arg, float[]> { [Arg.Src] = src }, [Arg.Dst]).Execute(Arg.Dst);
            // The kernels' exp and tanh are polynomials, good to some units in the last place of numbers up to 6.
            Values.AreClose([.. src.Select(x => F(x))], dst, 8, 1, forward.ToString());

            foreach (PrimitiveDesc? hint in new[] { forward, null })
            {
                PrimitiveDesc backward = rig.Need(rig.Api.EltwiseBackward(algorithm, desc, desc, 0, 0, hint, null, out why), why);
                float[] diffSrc = rig.Prepare(
                    backward, new Dictionary<Arg, float[]> { [fromDst ? Arg.Dst : Arg.Src] = fromDst ? dst : src, [Arg.DiffDst] = diffDst }, [Arg.DiffSrc])
                    .Execute(Arg.DiffSrc);
                Values.AreClose([.. src.Select((x, i) => diffDst[i] * Slope(x))], diffSrc, 16, 1, backward.ToString());
            }
        }
    }

    [SkippableFact]
    public void SoftmaxSumsToOne()
    {
        using Rig rig = new();
        const int n = 5, c = 13;
        float[] src = [.. Values.Make(n * c, 1).Select(v => 20 * v)];
        double[] expected = new double[n * c];
        for (int i = 0; i < n; i++)
        {
            double sum = Enumerable.Range(0, c).Sum(j => Math.Exp(src[i * c + j]));
            for (int j = 0; j < c; j++) expected[i * c + j] = Math.Exp(src[i * c + j]) / sum;
        }

        MemoryDesc desc = rig.Natural(n, c);
        PrimitiveDesc softmax = rig.Need(rig.Api.SoftmaxForward(false, SoftmaxAlgorithm.Accurate, desc, desc, 1, null, out string why), why);
        float[] actual = rig.Prepare(softmax, new Dictionary<Arg, float[]> { [Arg.Src] = src }, [Arg.Dst]).Execute(Arg.Dst);
        // The argument of exp, up to 40, is rounded to 40 * 2^-24: that is the relative error of its power.
        Values.AreClose(expected, actual, 40 + c, 1, softmax.ToString());

        PrimitiveDesc log = rig.Need(rig.Api.SoftmaxForward(false, SoftmaxAlgorithm.Log, desc, desc, 1, null, out why), why);
        actual = rig.Prepare(log, new Dictionary<Arg, float[]> { [Arg.Src] = src }, [Arg.Dst]).Execute(Arg.Dst);
        Values.AreClose([.. expected.Select(p => Math.Log(p))], actual, 4, 40, log.ToString());
    }

    [SkippableFact]
    public void SumConcatAndBinary()
    {
        using Rig rig = new();
        float[] a = Values.Make(2 * 16 * 3 * 3, 1), b = Values.Make(2 * 32 * 3 * 3, 2), c = Values.Make(2 * 16 * 3 * 3, 3);
        MemoryDesc small = rig.Api.Plain([2, 16, 3, 3], DataType.F32, FormatTag.NChw16c), large = rig.Api.Plain([2, 32, 3, 3], DataType.F32, FormatTag.NChw16c);

        PrimitiveDesc sum = rig.Need(rig.Api.Sum(small, [1f, 0.5f], [small, small], null, out string why), why);
        float[] summed = rig.Prepare(sum, new Dictionary<Arg, float[]> { [Arg.MultipleSrc] = a, [Arg.MultipleSrc + 1] = c }, [Arg.Dst]).Execute(Arg.Dst);
        Values.AreClose([.. a.Select((v, i) => v + 0.5 * c[i])], summed, 2, 1.5, sum.ToString());

        PrimitiveDesc concat = rig.Need(rig.Api.Concat(rig.Api.Any([2, 48, 3, 3], DataType.F32), 1, [small, large], null, out why), why);
        float[] joined = rig.Prepare(concat, new Dictionary<Arg, float[]> { [Arg.MultipleSrc] = a, [Arg.MultipleSrc + 1] = b }, [Arg.Dst]).Execute(Arg.Dst);
        Assert.Equal([.. a[..144], .. b[..288], .. a[144..], .. b[288..]], joined);

        float[] shift = Values.Make(16, 4);
        PrimitiveDesc add = rig.Need(
            rig.Api.Binary(BinaryAlgorithm.Add, small, rig.Api.Plain([1, 16, 1, 1], DataType.F32, FormatTag.Nchw), small, null, out why), why);
        float[] shifted = rig.Prepare(add, new Dictionary<Arg, float[]> { [Arg.Src] = a, [Arg.Src1] = shift }, [Arg.Dst]).Execute(Arg.Dst);
        Assert.Equal(a.Select((v, i) => v + shift[i / 9 % 16]), shifted);

        foreach ((BinaryAlgorithm algorithm, Func<float, float, float> f) in new (BinaryAlgorithm, Func<float, float, float>)[]
        {
            (BinaryAlgorithm.Sub, (x, y) => x - y), (BinaryAlgorithm.Mul, (x, y) => x * y), (BinaryAlgorithm.Div, (x, y) => x / y),
            (BinaryAlgorithm.Max, Math.Max), (BinaryAlgorithm.Min, Math.Min),
        })
        {
            PrimitiveDesc binary = rig.Need(rig.Api.Binary(algorithm, small, small, small, null, out why), why);
            float[] result = rig.Prepare(binary, new Dictionary<Arg, float[]> { [Arg.Src] = a, [Arg.Src1] = c }, [Arg.Dst]).Execute(Arg.Dst);
            Assert.Equal(a.Select((v, i) => f(v, c[i])), result);
        }
    }
}
