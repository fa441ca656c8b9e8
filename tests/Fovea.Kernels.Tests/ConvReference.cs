namespace Fovea.Kernels.Tests;

/// <summary>The convolution and its gradients written as their definition, in double precision, with the sum of the terms' sizes beside each sum.</summary>
internal sealed class ConvReference(Conv2dShape s)
{
    public double[] Dst { get; } = new double[s.DstLength];

    public double[] DstSize { get; } = new double[s.DstLength];

    public double[] DiffSrc { get; } = new double[s.SrcLength];

    public double[] DiffSrcSize { get; } = new double[s.SrcLength];

    public double[] DiffWeights { get; } = new double[s.WeightsLength];

    public double[] DiffWeightsSize { get; } = new double[s.WeightsLength];

    public void Run(float[] src, float[] weights, float[] diffDst)
    {
        int inChannels = s.IC / s.Groups, outChannels = s.OC / s.Groups;
        for (int n = 0; n < s.N; n++)
        for (int oc = 0; oc < s.OC; oc++)
        for (int oh = 0; oh < s.OH; oh++)
        for (int ow = 0; ow < s.OW; ow++)
        {
            int d = (((((n * s.OC) + oc) * s.OH) + oh) * s.OW) + ow;
            for (int ic = 0; ic < inChannels; ic++)
            for (int kh = 0; kh < s.KH; kh++)
            for (int kw = 0; kw < s.KW; kw++)
            {
                int h = (oh * s.StrideH) + kh - s.PadTop, w = (ow * s.StrideW) + kw - s.PadLeft;
                if (h < 0 || w < 0 || h >= s.H || w >= s.W)
                    continue;
                int x = (((((n * s.IC) + (oc / outChannels * inChannels) + ic) * s.H) + h) * s.W) + w;
                int k = (((((oc * inChannels) + ic) * s.KH) + kh) * s.KW) + kw;
                Add(Dst, DstSize, d, (double)src[x] * weights[k]);
                Add(DiffSrc, DiffSrcSize, x, (double)diffDst[d] * weights[k]);
                Add(DiffWeights, DiffWeightsSize, k, (double)diffDst[d] * src[x]);
            }
        }
    }

    private static void Add(double[] sums, double[] sizes, int index, double term)
    {
        sums[index] += term;
        sizes[index] += Math.Abs(term);
    }
}
