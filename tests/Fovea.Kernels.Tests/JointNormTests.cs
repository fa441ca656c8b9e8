using Fovea.Kernels.Threading;

namespace Fovea.Kernels.Tests;

/// <summary>
/// Normalisation over joint tensors against its definition in double, over blocks of 1, 8 and 16 channels. Tolerance in float32: sums of n float32 values of size s err
/// by at most n * 2^-24 * s; n stays below 1000 here and values below 8, so 1e-3 of the largest result leaves room for every factor in between. In bfloat16 the
/// definition is given the rounded values; a result is rounded once more (by at most 2^-8 of it), a gradient that is added up in bfloat16 twice: where it is added, without its
/// channel's share, and where it is taken.
/// </summary>
public sealed class JointNormTests
{
    private const float Epsilon = 1e-3f;
    private const double Rounding = 1.0 / 256;

    public static TheoryData<int, bool, int, int, int, bool> Cases => new()
    {
        { 1, false, 2, 35, 7, false }, { 1, false, 3, 8, 5, true }, { 1, false, 4, 1, 3, false }, { 8, false, 2, 33, 24, true }, { 8, false, 1, 300, 16, false },
        { 16, false, 3, 15, 48, true }, { 16, false, 2, 261, 32, false }, { 16, true, 3, 15, 48, true }, { 16, true, 2, 261, 32, false },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void FollowsItsDefinition(int block, bool channelsLast, int n, int hw, int channels, bool relu) =>
        Check<float>(new JointShape(n, hw, block, channelsLast), channels, relu, x => x, x => x, 0, 0);

    [Theory]
    [MemberData(nameof(Cases))]
    public void FollowsItsDefinitionInBFloat16(int block, bool channelsLast, int n, int hw, int channels, bool relu) =>
        // Before its channel's share comes in, a sum is at most twice as large as the largest gradient here.
        Check(new JointShape(n, hw, block, channelsLast), channels, relu, BFloat16.FromSingle, BFloat16.ToSingle, Rounding, 3 * Rounding);

    private static void Check<T>(
        JointShape shape, int channels, bool relu, Func<float, T> narrow, Func<T, float> widen, double resultError, double gradientError)
        where T : unmanaged
    {
        (int n, int hw, int block) = (shape.N, shape.HW, shape.Block);
        int first = shape.Groups(channels) / 2 * block;
        float[,,] x = Tensor(n, channels, hw, 1, offset: 3), dy = Tensor(n, channels, hw, 2, offset: 0), held = Tensor(n, channels, hw, 3, offset: 0);
        foreach (float[,,] values in (float[][,,])[x, dy, held])
        {
            for (int c = 0; c < channels; c++)
                Each(n, hw, (i, k) => values[i, c, k] = widen(narrow(values[i, c, k])));
        }
        T[] Narrow(float[] values) => [.. values.Select(narrow)];
        float[] scale = [.. Enumerable.Range(0, channels).Select(c => 0.5f + (c % 5))], shift = [.. Enumerable.Range(0, channels).Select(c => (c % 3) - 1f)];
        // A buffer that is larger than what is read of it.
        T[] joint = new T[shape.Values(channels + block)], dst = new T[shape.Values(channels)], fresh = new T[dst.Length], added = new T[dst.Length];
        float[] mean = new float[channels + 1], variance = new float[channels + 1], diffScale = new float[channels], diffShift = new float[channels];
        Narrow(Joint(shape, x)).CopyTo(joint, 0);
        // What is overwritten begins as something that would be seen in the result.
        T[] freshSum = [.. Enumerable.Repeat(narrow(float.NaN), dst.Length)], addedSum = Narrow(Joint(shape, held));
        float[] freshOffset = [.. Enumerable.Repeat(float.NaN, channels)], freshSlope = [.. freshOffset], addedOffset = new float[channels], addedSlope = new float[channels];
        using WorkerTeam team = new(2);
        if (first > 0)
            JointNormKernels.Statistics<T>(team, shape, 0, first, joint, mean, variance);
        JointNormKernels.Statistics<T>(team, shape, first, channels, joint, mean, variance);
        JointNormKernels.Forward<T>(team, shape, Epsilon, joint, mean, variance, scale, shift, relu, dst);
        T[] gradient = Narrow(Dense(shape, dy));
        JointNormKernels.Backward<T>(
            team, shape, Epsilon, joint, mean, variance, scale, shift, relu, gradient, addedSum, addedOffset, addedSlope, accumulate: true, diffScale, diffShift);
        JointNormKernels.Backward<T>(
            team, shape, Epsilon, joint, mean, variance, scale, shift, relu, gradient, freshSum, freshOffset, freshSlope, accumulate: false, diffScale, diffShift);
        JointNormKernels.TakeGradient<T>(team, shape, 0, channels, joint, mean, addedSum, addedOffset, addedSlope, added);
        JointNormKernels.TakeGradient<T>(team, shape, 0, channels, joint, mean, freshSum, freshOffset, freshSlope, fresh);
        int behind = channels - first;
        T[] last = new T[shape.Values(behind)];
        JointNormKernels.TakeGradient<T>(team, shape, first, behind, joint, mean, addedSum, addedOffset, addedSlope, last);

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
        Close(Dense(shape, y), [.. dst.Select(widen)], "result", resultError);
        Close(Dense(shape, dx), [.. fresh.Select(widen)], "gradient", gradientError);
        Close(Dense(shape, sum), [.. added.Select(widen)], "gradient added up", gradientError);
        float[,,] end = new float[n, behind, hw];
        for (int c = 0; c < behind; c++)
            Each(n, hw, (i, k) => end[i, c, k] = sum[i, first + c, k]);
        Close(Dense(shape, end), [.. last.Select(widen)], "gradient of the last channels", gradientError);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(16, false)]
    [InlineData(16, true)]
    public void WhatIsNoNumberStaysNone(int block, bool channelsLast)
    {
        // The largest and the smallest fraction of either sign: rounding must carry none of them into an infinity or a zero.
        uint[] special = [0x7fffffff, 0xffffffff, 0x7f800001, 0xff800001, 0x7f800000, 0xff800000];
        JointShape shape = new(2, 19, block, channelsLast);
        Special(shape, [.. special.Select(BitConverter.UInt32BitsToSingle)], x => x, x => x);
        Special(shape, [.. special.Select(x => (ushort)((x >> 16) | (x & 1)))], BFloat16.FromSingle, BFloat16.ToSingle);
    }

    private static void Special<T>(JointShape shape, T[] special, Func<float, T> narrow, Func<T, float> widen)
        where T : unmanaged
    {
        int channels = 2 * shape.Block;
        T[] src = [.. Joint(shape, Tensor(shape.N, channels, shape.HW, 5, 0)).Select(narrow)], dst = new T[src.Length];
        float[] zero = new float[channels], one = [.. zero.Select(_ => 1f)];
        float[,,] places = new float[shape.N, channels, shape.HW];
        for (int i = 0; i < src.Length; i += 7)
            src[i] = special[i % special.Length];
        int at = 0;
        float[] lying = [.. src.Select(widen)];
        for (int c = 0; c < channels; c++)
            Each(shape.N, shape.HW, (i, k) => places[i, c, k] = at++);
        int[] joint = [.. Joint(shape, places).Select(x => (int)x)], dense = [.. Dense(shape, places).Select(x => (int)x)];
        float[] expected = new float[at];
        for (int i = 0; i < at; i++)
            expected[joint[i]] = lying[i] <= 0 ? 0 : lying[i];
        using WorkerTeam team = new(2);
        JointNormKernels.Forward<T>(team, shape, 1e-30f, src, zero, one, one, zero, relu: true, dst);
        for (int i = 0; i < at; i++)
            Assert.Equal(expected[dense[i]], widen(dst[i]), 1e-6f);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(8, false)]
    [InlineData(16, false)]
    [InlineData(16, true)]
    public void RowsGoInAndComeOut(int block, bool channelsLast)
    {
        JointShape shape = new(3, 7, block, channelsLast);
        float[,,] values = Tensor(3, 2 * block, 7, 4, offset: 0);
        GoInAndComeOut(shape, values, x => x);
        GoInAndComeOut(shape, values, BFloat16.FromSingle);
    }

    private static void GoInAndComeOut<T>(JointShape shape, float[,,] values, Func<float, T> narrow)
        where T : unmanaged
    {
        int block = shape.Block;
        T[] dense = [.. Dense(shape, values).Select(narrow)], joint = new T[shape.Values(4 * block)], back = new T[dense.Length];
        using WorkerTeam team = new(2);
        JointRows.Place<T>(team, shape, 2 * block, dense, block, joint);
        int before = (int)shape.Values(block);
        Assert.Equal(Joint(shape, values).Select(narrow), joint[before..(3 * before)]);
        Assert.All(joint[..before].Concat(joint[(3 * before)..]), x => Assert.Equal(default, x));
        JointRows.Take<T>(team, shape, 2 * block, joint, block, back);
        Assert.Equal(dense, back);
    }

    [Fact]
    public void ChannelsThatFillNoBlockAreRefused()
    {
        using WorkerTeam team = new(1);
        Assert.Throws<ArgumentException>(() => JointNormKernels.Statistics<float>(team, new JointShape(1, 4, 16), 0, 24, new float[128], new float[32], new float[32]));
        Assert.Throws<ArgumentException>(() => JointRows.Place<float>(team, new JointShape(1, 4, 16), 16, new float[64], 16, new float[64]));
        Assert.Throws<ArgumentException>(() => JointRows.Place<float>(team, new JointShape(1, 4, 8, ChannelsLast: true), 16, new float[64], 0, new float[64]));
    }

    private static void Close(float[] expected, float[] got, string what, double rounding)
    {
        float largest = expected.Max(Math.Abs);
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - got[i]) <= (1e-3 + rounding) * largest, $"{what}: value {i} is {got[i]}, expected {expected[i]}");
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

    private static float[] Dense(JointShape shape, float[,,] values)
    {
        int channels = values.GetLength(1);
        return Lay(shape, values, (image, c, k) => shape.ChannelsLast
            ? (((image * shape.HW) + k) * channels) + c
            : (((image * shape.Groups(channels)) + (c / shape.Block)) * shape.Plane) + (k * shape.Block) + (c % shape.Block));
    }

    private static float[] Joint(JointShape shape, float[,,] values) => Lay(shape, values, (image, c, k) =>
        (((c / shape.Block * shape.N) + image) * shape.Plane) + (k * shape.Block) + (c % shape.Block));

    private static float[] Lay(JointShape shape, float[,,] values, Func<int, int, int, int> place)
    {
        float[] flat = new float[values.Length];
        for (int c = 0; c < values.GetLength(1); c++)
            Each(shape.N, shape.HW, (i, k) => flat[place(i, c, k)] = values[i, c, k]);
        return flat;
    }
}
