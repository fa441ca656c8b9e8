namespace Fovea.Kernels.Tests;

/// <summary>
/// The convolution and its gradients written as their definition, in double precision, with the sum of the terms' sizes beside each sum.
/// </summary>
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
        for (int d = 0; d < Dst.Length; d++)
        {
            int ow = d % s.OW, oh = d / s.OW % s.OH, oc = d / (s.OW * s.OH) % s.OC, n = d / (s.OW * s.OH * s.OC);
            Window(src, weights, diffDst[d], d, n, oc, oh, ow);
        }
    }

    private void Window(float[] src, float[] weights, double gradient, int d, int n, int oc, int oh, int ow)
    {
        int inChannels = s.IC / s.Groups, first = oc / (s.OC / s.Groups) * inChannels;
        for (int tap = 0; tap < inChannels * s.KH * s.KW; tap++)
        {
            int kw = tap % s.KW, kh = tap / s.KW % s.KH, ic = tap / (s.KW * s.KH);
            int h = (oh * s.StrideH) + kh - s.PadTop, w = (ow * s.StrideW) + kw - s.PadLeft;
            if (h < 0 || w < 0 || h >= s.H || w >= s.W)
                continue;
            int x = (((((n * s.IC) + first + ic) * s.H) + h) * s.W) + w, k = (oc * inChannels * s.KH * s.KW) + tap;
            Add(Dst, DstSize, d, (double)src[x] * weights[k]);
            Add(DiffSrc, DiffSrcSize, x, gradient * weights[k]);
            Add(DiffWeights, DiffWeightsSize, k, gradient * src[x]);
        }
    }

    private static void Add(double[] sums, double[] sizes, int index, double term)
    {
        sums[index] += term;
        sizes[index] += Math.Abs(term);
    }
}
