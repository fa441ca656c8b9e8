using Fovea.Kernels.Threading;

namespace Fovea.Kernels.Tests;

/// <summary>Blocks of weights against their definition, index by index; float32 is moved bit by bit, and rounding is <see cref="BFloat16.FromSingle"/>'s.</summary>
public sealed class WeightBlocksTests
{
    private const int Side = WeightBlocks.Side;

    [Theory]
    [InlineData(16, 16, 1)]
    [InlineData(48, 32, 1)]
    [InlineData(32, 48, 9)]
    [InlineData(16, 32, 25)]
    [InlineData(32, 16, 7)]
    [InlineData(16, 16, 49)]
    [InlineData(256, 160, 1)]
    public void EveryWeightHasItsPlace(int oc, int ic, int window)
    {
        float[] masters = Data.Random((long)oc * ic * window, 3), blocks = new float[masters.Length];
        ushort[] halves = new ushort[masters.Length];
        // Neither numbers nor finite: rounding must leave them what they are.
        (masters[1], masters[^1], masters[masters.Length / 2]) = (float.NaN, BitConverter.UInt32BitsToSingle(0xffffffff), float.NegativeInfinity);
        using WorkerTeam team = new(2);
        foreach ((bool outermost, bool innermost) in (ReadOnlySpan<(bool, bool)>)[(false, false), (false, true), (true, false), (true, true)])
        {
            WeightBlocks.Pack<float>(team, oc, ic, window, outermost, innermost, masters, blocks);
            WeightBlocks.Pack<ushort>(team, oc, ic, window, outermost, innermost, masters, halves);
            for (int o = 0; o < oc; o++)
            {
                for (int i = 0; i < ic; i++)
                {
                    for (int k = 0; k < window; k++)
                    {
                        float weight = masters[(((o * ic) + i) * window) + k];
                        int block = outermost ? (i / Side * (oc / Side)) + (o / Side) : (o / Side * (ic / Side)) + (i / Side);
                        (int row, int column) = innermost ? (o % Side, i % Side) : (i % Side, o % Side);
                        int start = ((block * window) + k) * Side * Side;
                        Assert.Equal(BitConverter.SingleToUInt32Bits(weight), BitConverter.SingleToUInt32Bits(blocks[start + (row * Side) + column]));
                        Assert.Equal(BFloat16.FromSingle(weight), halves[start + (row / 2 * 2 * Side) + (column * 2) + (row % 2)]);
                    }
                }
            }
        }
    }

    [Fact]
    public void WhatFillsNoBlockIsRefused()
    {
        using WorkerTeam team = new(1);
        Assert.Throws<ArgumentException>(() => WeightBlocks.Pack<float>(team, 24, 16, 1, false, false, new float[384], new float[384]));
        Assert.Throws<ArgumentException>(() => WeightBlocks.Pack<float>(team, 16, 16, 50, false, false, new float[12800], new float[12800]));
        Assert.Throws<ArgumentException>(() => WeightBlocks.Pack<float>(team, 16, 16, 1, false, false, new float[256], new float[255]));
    }
}
