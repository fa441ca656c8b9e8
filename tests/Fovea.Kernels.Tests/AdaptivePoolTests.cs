using Fovea.Kernels.Threading;

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

    /// <summary>
    /// Against the plane form, which the test above holds to the definition. Both sum at most 13 * 13 terms below 1 in float32: 2^-16 between them is generous, and bfloat16
    /// rounds inputs exactly the same and the result once, by at most 2^-8 of it.
    /// </summary>
    [Theory]
    [InlineData(14, 14, 4, 4, false)]
    [InlineData(13, 7, 6, 3, false)]
    [InlineData(13, 7, 6, 3, true)]
    [InlineData(3, 5, 6, 7, true)]
    public void BlocksOf16GiveWhatPlanesGive(int h, int w, int oh, int ow, bool channelsLast)
    {
        const int Images = 2, Channels = 32;
        AdaptivePoolShape shape = new(Images, Channels, h, w, oh, ow, channelsLast);
        float[] Rounded(float[] values) => [.. values.Select(x => BFloat16.ToSingle(BFloat16.FromSingle(x)))];
        float[] src = Rounded(Data.Random(Images * Channels * h * w)), diffDst = Rounded(Data.Random(Images * Channels * oh * ow, 2));
        float[] dst = new float[diffDst.Length], diffSrc = new float[src.Length];
        using WorkerTeam team = new(2);
        AdaptivePoolKernels.AvgForward(team, Images * Channels, h, w, oh, ow, src, dst);
        AdaptivePoolKernels.AvgBackward(team, Images * Channels, h, w, oh, ow, diffDst, diffSrc);
        float[] Lie(float[] planes, int pixels) => [.. Enumerable.Range(0, planes.Length).Select(at =>
        {
            (int image, int rest) = Math.DivRem(at, Channels * pixels);
            (int channel, int pixel) = channelsLast
                ? (rest % Channels, rest / Channels)
                : ((rest / (16 * pixels) * 16) + (rest % 16), rest % (16 * pixels) / 16);
            return planes[(((image * Channels) + channel) * pixels) + pixel];
        })];
        ushort[] Narrow(float[] values) => [.. values.Select(BFloat16.FromSingle)];
        float[] got = Data.Nan(dst.Length), gotBack = Data.Nan(src.Length);
        ushort[] half = new ushort[dst.Length], halfBack = new ushort[src.Length];
        AdaptivePoolKernels.AvgForward<float>(team, shape, Lie(src, h * w), got);
        AdaptivePoolKernels.AvgBackward<float>(team, shape, Lie(diffDst, oh * ow), gotBack);
        AdaptivePoolKernels.AvgForward<ushort>(team, shape, Narrow(Lie(src, h * w)), half);
        AdaptivePoolKernels.AvgBackward<ushort>(team, shape, Narrow(Lie(diffDst, oh * ow)), halfBack);
        Near(Lie(dst, oh * ow), got, half);
        Near(Lie(diffSrc, h * w), gotBack, halfBack);
    }

    private static void Near(float[] expected, float[] single, ushort[] half)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], single[i], Math.Pow(2, -16));
            Assert.Equal(expected[i], BFloat16.ToSingle(half[i]), (Math.Abs(expected[i]) / 256) + Math.Pow(2, -16));
        }
    }
}
