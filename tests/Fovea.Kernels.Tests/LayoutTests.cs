using Fovea.Kernels.Threading;

namespace Fovea.Kernels.Tests;

public sealed class LayoutTests
{
    [Theory]
    [InlineData(1, 1, 1, 1)]
    [InlineData(2, 3, 17, 9)]
    [InlineData(3, 70, 5, 33)]
    [InlineData(1, 16, 16, 16)]
    [InlineData(2, 130, 1, 2)]
    public void LayoutsChangeThereAndBack(int N, int C, int H, int W)
    {
        float[] src = Data.Random((long)N * C * H * W);
        float[] last = Data.AtAnyThreads("NCHW to NHWC", team =>
        {
            float[] result = Data.Nan(src.Length);
            Permute.NchwToNhwc(team, N, C, H, W, src, result);
            return result;
        });
        for (int n = 0; n < N; n++)
        {
            for (int c = 0; c < C; c++)
            {
                for (int p = 0; p < H * W; p++)
                    Assert.Equal(src[(((n * C) + c) * H * W) + p], last[(((n * H * W) + p) * C) + c]);
            }
        }
        using WorkerTeam team = new(2);
        float[] back = Data.Nan(src.Length);
        Permute.NhwcToNchw(team, N, C, H, W, last, back);
        Data.SameBits(src, back, "NHWC to NCHW");
    }

    [Fact]
    public void TransposesMatrices()
    {
        using WorkerTeam team = new(2);
        float[] src = Data.Random(37 * 101), dst = Data.Nan(src.Length);
        Permute.Transpose(team, 37, 101, src, dst);
        for (int i = 0; i < src.Length; i++)
            Assert.Equal(src[i], dst[(i % 101 * 37) + (i / 101)]);
    }

    [Theory]
    [InlineData(3, 5, 7)]
    [InlineData(3, 80, 70)]
    [InlineData(1, 28, 28)]
    [InlineData(4, 9, 9)]
    public void NormalizeIsToTensorAndNormalize(int C, int H, int W)
    {
        const int N = 2;
        byte[] src = [.. Enumerable.Range(0, N * H * W * C).Select(i => (byte)((i * 37) + (i / 251)))];
        float[] mean = [0.485f, 0.456f, 0.406f, 0.5f], std = [0.229f, 0.224f, 0.225f, 0.25f];
        foreach ((float scale, bool reverse, bool channelsLast) in new[] { (1f / 255f, false, false), (1f / 255f, true, false), (1f, false, true),
            (1f / 255f, true, true) })
        {
            float[] dst = Data.AtAnyThreads("normalize", team =>
            {
                float[] result = Data.Nan(src.Length);
                NormalizeKernels.Run(team, N, H, W, C, src, mean.AsSpan(0, C), std.AsSpan(0, C), scale, reverse, channelsLast, result);
                return result;
            });
            for (int i = 0; i < src.Length; i++)
            {
                int c = i % C, pixel = i / C % (H * W), n = i / C / (H * W), to = reverse ? C - 1 - c : c;
                float value = ((scale == 1f ? src[i] : src[i] / 255f) - mean[to]) / std[to];
                Assert.Equal(value, dst[channelsLast ? (((n * H * W) + pixel) * C) + to : (((n * C) + to) * H * W) + pixel]);
            }
        }
    }
}
