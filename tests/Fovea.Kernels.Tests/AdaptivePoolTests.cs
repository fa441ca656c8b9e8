namespace Fovea.Kernels.Tests;

/// <summary>Adaptive pooling against its definition in double.</summary>
public sealed class AdaptivePoolTests
{
    [Theory]
    [InlineData(7, 5, 6, 6)]
    [InlineData(13, 13, 6, 6)]
    [InlineData(3, 3, 6, 6)]
    [InlineData(1, 1, 1, 1)]
    [InlineData(9, 4, 2, 3)]
    public void ForwardIsTheMeanAndBackwardItsTranspose(int h, int w, int oh, int ow)
    {
        const int Planes = 3;
        float[] src = Data.Random(Planes * h * w), diffDst = Data.Random(Planes * oh * ow, 2);
        double[] expected = new double[diffDst.Length], back = new double[src.Length];
        for (int o = 0; o < expected.Length; o++)
        {
            int plane = o / (oh * ow), y = o / ow % oh, x = o % ow;
            int top = (int)Math.Floor((double)y * h / oh), bottom = (int)Math.Ceiling((y + 1.0) * h / oh);
            int left = (int)Math.Floor((double)x * w / ow), right = (int)Math.Ceiling((x + 1.0) * w / ow);
            double count = (bottom - top) * (right - left);
            for (int i = top; i < bottom; i++)
            {
                for (int j = left; j < right; j++)
                {
                    expected[o] += src[(plane * h + i) * w + j] / count;
                    back[(plane * h + i) * w + j] += diffDst[o] / count;
                }
            }
        }
        float[] dst = Data.AtAnyThreads("adaptive forward", team =>
        {
            float[] result = Data.Nan(diffDst.Length);
            AdaptivePoolKernels.AvgForward(team, Planes, h, w, oh, ow, src, result);
            return result;
        });
        float[] diffSrc = Data.AtAnyThreads("adaptive backward", team =>
        {
            float[] result = Data.Nan(src.Length);
            AdaptivePoolKernels.AvgBackward(team, Planes, h, w, oh, ow, diffDst, result);
            return result;
        });
        // At most h * w terms below 1 in magnitude, each rounded once: 2^-22 bounds their sum's error for these sizes.
        for (int i = 0; i < dst.Length; i++)
            Assert.Equal(expected[i], dst[i], Math.Pow(2, -22));
        for (int i = 0; i < diffSrc.Length; i++)
            Assert.Equal(back[i], diffSrc[i], Math.Pow(2, -21));
    }
}
