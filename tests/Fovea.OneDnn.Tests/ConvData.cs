namespace Fovea.OneDnn.Tests;

/// <summary>A convolution's shape; square windows, dilation as oneDNN counts it.</summary>
public sealed record ConvCase(int N, int IC, int OC, int IH, int IW, int K, int Stride, int Dilation, int Pad, int PadEnd, int Groups)
{
    public int OH => Out(IH);

    public int OW => Out(IW);

    internal long[] Src => [N, IC, IH, IW];

    internal long[] Weights => Groups == 1 ? [OC, IC, K, K] : [Groups, OC / Groups, IC / Groups, K, K];

    internal long[] Dst => [N, OC, OH, OW];

    internal long[] Strides => [Stride, Stride];

    internal long[] Dilations => [Dilation, Dilation];

    internal long[] PadL => [Pad, Pad];

    internal long[] PadR => [PadEnd, PadEnd];

    private int Out(int size) => (size - ((K - 1) * (Dilation + 1) + 1) + Pad + PadEnd) / Stride + 1;
}

/// <summary>Data for a case, and the three passes as plain loops in double.</summary>
internal sealed class ConvData(ConvCase c)
{
    public float[] SrcData { get; } = Values.Make((long)c.N * c.IC * c.IH * c.IW, 11);

    public float[] WeightsData { get; } = Values.Make((long)c.OC * (c.IC / c.Groups) * c.K * c.K, 12);

    public float[] BiasData { get; } = Values.Make(c.OC, 13);

    public float[] DiffDst { get; } = Values.Make((long)c.N * c.OC * c.OH * c.OW, 14);

    public Dictionary<Arg, float[]> ForwardInputs => new() { [Arg.Src] = SrcData, [Arg.Weights] = WeightsData, [Arg.Bias] = BiasData };

    public double[] Forward()
    {
        double[] dst = new double[DiffDst.Length];
        for (int i = 0; i < dst.Length; i++) dst[i] = BiasData[i / (c.OH * c.OW) % c.OC];
        Visit((s, w, d) => dst[d] += (double)SrcData[s] * WeightsData[w]);
        return dst;
    }

    public double[] BackwardData()
    {
        double[] diff = new double[SrcData.Length];
        Visit((s, w, d) => diff[s] += (double)DiffDst[d] * WeightsData[w]);
        return diff;
    }

    public (double[] Weights, double[] Bias) BackwardWeights()
    {
        double[] diff = new double[WeightsData.Length], bias = new double[c.OC];
        Visit((s, w, d) => diff[w] += (double)DiffDst[d] * SrcData[s]);
        for (int i = 0; i < DiffDst.Length; i++) bias[i / (c.OH * c.OW) % c.OC] += DiffDst[i];
        return (diff, bias);
    }

    // Every product of the convolution once: offsets of source, weight and result.
    private void Visit(Action<int, int, int> product)
    {
        int icg = c.IC / c.Groups, ocg = c.OC / c.Groups;
        for (int n = 0; n < c.N; n++)
            for (int oc = 0; oc < c.OC; oc++)
                for (int oh = 0; oh < c.OH; oh++)
                    for (int ow = 0; ow < c.OW; ow++)
                        for (int ic = 0; ic < icg; ic++)
                            for (int kh = 0; kh < c.K; kh++)
                                for (int kw = 0; kw < c.K; kw++)
                                {
                                    int ih = oh * c.Stride - c.Pad + kh * (c.Dilation + 1), iw = ow * c.Stride - c.Pad + kw * (c.Dilation + 1);
                                    if (ih < 0 || ih >= c.IH || iw < 0 || iw >= c.IW) continue;
                                    product(
                                        ((n * c.IC + oc / ocg * icg + ic) * c.IH + ih) * c.IW + iw,
                                        ((oc * icg + ic) * c.K + kh) * c.K + kw,
                                        ((n * c.OC + oc) * c.OH + oh) * c.OW + ow);
                                }
    }
}
