using Fovea.Kernels.Threading;

namespace Fovea.Kernels.Tests;

public sealed class PhiloxTests
{
    // The known answers that Random123 publishes for philox4x32-10 (its kat_vectors): counter, key, result.
    [Theory]
    [InlineData(0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x00000000, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8)]
    [InlineData(0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd)]
    [InlineData(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0, 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1)]
    public void GivesThePublishedWords(uint c0, uint c1, uint c2, uint c3, uint k0, uint k1, uint x0, uint x1, uint x2, uint x3) =>
        Assert.Equal((x0, x1, x2, x3), Philox.Block(((ulong)k1 << 32) | k0, c0, c1, c2, c3));

    [Theory]
    [InlineData(1, 0.5f)]
    [InlineData(31, 0.5f)]
    [InlineData(100_003, 0.1f)]
    [InlineData(1000, 0f)]
    [InlineData(1000, 1f)]
    [InlineData(1000, 0.9999999f)]
    public void DropoutKeepsWhatTheUnitsSay(int count, float p)
    {
        PhiloxKey key = new(0x123456789ABCDEF0, RandomStream.Dropout, 7, 3);
        float[] src = Data.Random(count);
        float[] dst = Data.AtAnyThreads("dropout", team =>
        {
            float[] result = Data.Nan(count);
            DropoutKernels.Apply(team, key, p, src, result);
            return result;
        });
        for (int i = 0; i < count; i++)
            Assert.Equal(p < 1f && key.Unit((ulong)i) >= p ? src[i] * (1f / (1f - p)) : 0f, dst[i]);

        float[] inPlace = [.. src];
        using WorkerTeam team = new(2);
        DropoutKernels.Apply(team, key, p, inPlace, inPlace);
        Data.SameBits(dst, inPlace, "dropout in place");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(31)]
    [InlineData(50_021)]
    public void TensorsAreFilledValueByValue(int count)
    {
        PhiloxKey key = new(0x0FEDCBA987654321, RandomStream.Initialization, 5, 0);
        const double Bound = 0.123456789;
        float[] uniform = Data.AtAnyThreads("uniform", team => Filled(values => RandomFill.Uniform(team, key, Bound, values)));
        float[] normal = Data.AtAnyThreads("normal", team => Filled(values => RandomFill.Normal(team, key, Bound, values)));
        for (int i = 0; i < count; i++)
        {
            Assert.Equal((float)((2.0 * key.Unit((ulong)i) - 1.0) * Bound), uniform[i]);
            Assert.Equal((float)(key.Normal((ulong)i) * Bound), normal[i]);
        }

        float[] Filled(Action<float[]> fill)
        {
            float[] values = Data.Nan(count);
            fill(values);
            return values;
        }
    }

    [Fact]
    public void DropoutKeepsItsShare()
    {
        using WorkerTeam team = new(1);
        float[] ones = new float[1_000_000];
        Array.Fill(ones, 1f);
        DropoutKernels.Apply(team, new PhiloxKey(5, RandomStream.Dropout, 1, 1), 0.3f, ones, ones);

        // Five standard deviations of a binomial count: sqrt(n p (1 - p)) = 458.
        Assert.InRange(ones.Count(value => value == 0f), 300_000 - 2292, 300_000 + 2292);
    }
}
