namespace Fovea.Kernels.Tests;

public sealed class WinogradChoiceTests
{
    private static readonly ConvPass[] Passes = Enum.GetValues<ConvPass>();

    [Fact]
    public void TakesLargeLayersInBothPrecisions()
    {
        Conv2dShape five = new(64, 96, 16, 16, 192, 5, 5, 16, 16, 1, 1, 2, 2, 1), three = new(16, 128, 28, 28, 128, 3, 3, 28, 28, 1, 1, 1, 1, 1);
        foreach (ConvPass pass in Passes)
        {
            Assert.Equal(Tile512.IsSupported ? WinogradForm.F2x5 : null, WinogradChoice.Best(five, pass, half: false));
            Assert.Equal(Tile512.IsSupported ? WinogradForm.F4x3 : null, WinogradChoice.Best(three, pass, half: false));
            Assert.Equal(Tile512.IsSupported, WinogradChoice.Best(five, pass, half: true) is not null);
            Assert.Equal(Tile512.IsSupported, WinogradChoice.Best(three, pass, half: true) is not null);
        }
    }

    [Fact]
    public void LeavesWhatItDoesNotComputeOrMakesSlower()
    {
        Conv2dShape s = new(64, 96, 16, 16, 192, 5, 5, 16, 16, 1, 1, 2, 2, 1);
        Conv2dShape[] others =
        [
            s with { N = 0 }, s with { IC = 100 }, s with { OC = 200 }, s with { Groups = 2 }, s with { StrideH = 2, OH = 8 }, s with { KW = 3, PadLeft = 1 },
            s with { KH = 7, KW = 7, PadTop = 3, PadLeft = 3 }, s with { N = 1, OH = 2, OW = 2 }, s with { IC = 16, OC = 16 },
            s with { N = 1, IC = 512, OC = 512, KH = 3, KW = 3, H = 7, W = 7, OH = 7, OW = 7, PadTop = 1, PadLeft = 1 },
        ];
        foreach (Conv2dShape other in others)
        {
            foreach (ConvPass pass in Passes)
            {
                Assert.Null(WinogradChoice.Best(other, pass, half: false));
                Assert.Null(WinogradChoice.Best(other, pass, half: true));
            }
        }
    }

    /// <summary>VGG's layers of 512 channels: all kernels of 14 x 14 pictures come from memory for so few tiles that oneDNN's direct kernels are faster.</summary>
    [Fact]
    public void KernelsThatNoCacheKeepsCount()
    {
        Conv2dShape s = new(16, 512, 14, 14, 512, 3, 3, 14, 14, 1, 1, 1, 1, 1), large = s with { H = 28, W = 28, OH = 28, OW = 28 }, narrow = large with { IC = 256 };
        foreach (ConvPass pass in (ConvPass[])[ConvPass.Forward, ConvPass.BackwardData])
        {
            Assert.Null(WinogradChoice.Best(s, pass, half: true));
            Assert.Equal(Tile512.IsSupported, WinogradChoice.Best(large, pass, half: true) is not null);
            Assert.True(WinogradChoice.Streams(WinogradForm.F4x3, large, pass));
            Assert.False(WinogradChoice.Streams(WinogradForm.F4x3, narrow, pass));
        }
        Assert.Equal(Tile512.IsSupported ? WinogradForm.F4x3 : null, WinogradChoice.Best(s, ConvPass.BackwardWeights, half: true));
        Assert.False(WinogradChoice.Streams(WinogradForm.F4x3, large, ConvPass.BackwardWeights));
    }
}
