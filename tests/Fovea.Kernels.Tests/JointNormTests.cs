using Fovea.Kernels.Threading;

namespace Fovea.Kernels.Tests;

/// <summary>
/// Normalisation over joint tensors against its definition in double, over blocks of 1, 8 and 16 channels. Tolerance: sums of n float32 values of size s err by at most
/// n * 2^-24 * s; n stays below 1000 here and values below 8, so 1e-3 of the largest result leaves room for every factor in between.
/// </summary>
public sealed class JointNormTests
{
    private const float Epsilon = 1e-3f;

    public static TheoryData<int, int, int, int, bool> Cases => new()
    {
        { 1, 2, 35, 7, false }, { 1, 3, 8, 5, true }, { 1, 4, 1, 3, false }, { 8, 2, 33, 24, true }, { 8, 1, 300, 16, false }, { 16, 3, 15, 48, true }, { 16, 2, 261, 32, false },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void FollowsItsDefinition(int block, int n, int hw, int channels, bool relu)
    {
        JointShape shape = new(n, hw, block);
        int first = shape.Groups(channels) / 2 * block;
        float[,,] x = Tensor(n, channels, hw, 1, offset: 3), dy = Tensor(n, channels, hw, 2, offset: 0), held = Tensor(n, channels, hw, 3, offset: 0);
        float[] scale = [.. Enumerable.Range(0, channels).Select(c => 0.5f + (c % 5))], shift = [.. Enumerable.Range(0, channels).Select(c => (c % 3) - 1f)];
        // A buffer that is larger than what is read of it.
        float[] joint = new float[shape.Values(channels + block)], mean = new float[channels + 1], variance = new float[channels + 1];
        Joint(shape, x).CopyTo(joint, 0);
        float[] dst = new float[shape.Values(channels)], diffScale = new float[channels], diffShift = new float[channels];
        float[] fresh = new float[dst.Length], added = Joint(shape, held);
        using WorkerTeam team = new(2);
        if (first > 0)
            JointNormKernels.Statistics(team, shape, 0, first, joint, mean, variance);
        JointNormKernels.Statistics(team, shape, first, channels, joint, mean, variance);
        JointNormKernels.Forward(team, shape, Epsilon, joint, mean, variance, scale, shift, relu, dst);
        JointNormKernels.Backward(team, shape, Epsilon, joint, mean, variance, scale, shift, relu, Dense(shape, dy), added, accumulate: true, diffScale, diffShift);
        JointNormKernels.Backward(team, shape, Epsilon, joint, mean, variance, scale, shift, relu, Dense(shape, dy), fresh, accumulate: false, diffScale, diffShift);

        float[,,] y = new float[n, channels, hw], dx = new float[n, channels, hw], sum = new float[n, channels, hw];
        for (int c = 0; c < channels; c++)
        {
            double m = 0, v = 0, s = 0, p = 0, count = n * hw;
            Each(n, hw, (i, k) => m += x[i, c, k] / count);
            Each(n, hw, (i, k) => v += (x[i, c, k] - m) * (x[i, c, k] - m) / count);
            double inverse = 1 / Math.Sqrt(v + Epsilon);
            double Hat(int i, int k) => (x[i, c, k] - m) * inverse;
            double Result(int i, int k) => (Hat(i, k) * scale[c]) + shift[c];
            double Diff(int i, int k) => relu && Result(i, k) <= 0 ? 0 : dy[i, c, k];
            Each(n, hw, (i, k) => (s, p) = (s + Diff(i, k), p + (Diff(i, k) * Hat(i, k))));
            Each(n, hw, (i, k) =>
            {
                y[i, c, k] = (float)(relu ? Math.Max(0, Result(i, k)) : Result(i, k));
                dx[i, c, k] = (float)(scale[c] * inverse * (Diff(i, k) - (s / count) - (Hat(i, k) * p / count)));
                sum[i, c, k] = held[i, c, k] + dx[i, c, k];
            });
            Assert.Equal(m, mean[c], 1e-4);
            Assert.Equal(v, variance[c], 1e-3);
            Assert.Equal(s, diffShift[c], 1e-2);
            Assert.Equal(p, diffScale[c], 1e-2);
        }
        Close(Dense(shape, y), dst, "result");
        Close(Joint(shape, dx), fresh, "gradient");
        Close(Joint(shape, sum), added, "gradient added up");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(16)]
    public void RowsGoInAndComeOut(int block)
    {
        JointShape shape = new(3, 7, block);
        float[,,] values = Tensor(3, 2 * block, 7, 4, offset: 0);
        float[] dense = Dense(shape, values), joint = new float[shape.Values(4 * block)], back = new float[dense.Length];
        using WorkerTeam team = new(2);
        JointRows.Place(team, shape, 2 * block, dense, block, joint);
        int before = (int)shape.Values(block);
        Assert.Equal(Joint(shape, values), joint[before..(3 * before)]);
        Assert.All(joint[..before].Concat(joint[(3 * before)..]), x => Assert.Equal(0f, x));
        JointRows.Take(team, shape, 2 * block, joint, block, back);
        Assert.Equal(dense, back);
    }

    [Fact]
    public void ChannelsThatFillNoBlockAreRefused()
    {
        using WorkerTeam team = new(1);
        Assert.Throws<ArgumentException>(() => JointNormKernels.Statistics(team, new JointShape(1, 4, 16), 0, 24, new float[128], new float[32], new float[32]));
        Assert.Throws<ArgumentException>(() => JointRows.Place(team, new JointShape(1, 4, 16), 16, new float[64], 16, new float[64]));
    }

    private static void Close(float[] expected, float[] got, string what)
    {
        float largest = expected.Max(Math.Abs);
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - got[i]) <= 1e-3 * largest, $"{what}: value {i} is {got[i]}, expected {expected[i]}");
    }

    private static void Each(int n, int hw, Action<int, int> visit)
    {
        for (int i = 0; i < n; i++)
        {
            for (int k = 0; k < hw; k++)
                visit(i, k);
        }
    }

    private static float[,,] Tensor(int n, int channels, int hw, ulong seed, float offset)
    {
        PhiloxKey key = new(seed, RandomStream.Split, 0, 0);
        float[,,] values = new float[n, channels, hw];
        ulong next = 0;
        for (int c = 0; c < channels; c++)
            Each(n, hw, (i, k) => values[i, c, k] = (float)key.Normal(next++) + (offset * (c % 2)));
        return values;
    }

    private static float[] Dense(JointShape shape, float[,,] values) =>
        Lay(shape, values, (image, group, groups) => (image * groups) + group);

    private static float[] Joint(JointShape shape, float[,,] values) =>
        Lay(shape, values, (image, group, _) => (group * shape.N) + image);

    private static float[] Lay(JointShape shape, float[,,] values, Func<int, int, int, int> plane)
    {
        int channels = values.GetLength(1);
        float[] flat = new float[values.Length];
        for (int c = 0; c < channels; c++)
        {
            Each(shape.N, shape.HW, (i, k) =>
                flat[(plane(i, c / shape.Block, shape.Groups(channels)) * shape.Plane) + (k * shape.Block) + (c % shape.Block)] = values[i, c, k]);
        }
        return flat;
    }
}
