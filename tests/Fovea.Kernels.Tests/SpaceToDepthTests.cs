using Fovea.Kernels.Threading;

namespace Fovea.Kernels.Tests;

public class SpaceToDepthTests
{
    public static TheoryData<int, int, int, int, int> Shapes => new()
    {
        // Rows, columns, window, padding above, padding to the left.
        { 35, 35, 11, 2, 2 },
        { 28, 28, 11, 1, 1 },
        { 31, 29, 11, 1, 0 },
        { 9, 14, 5, 0, 3 },
        { 5, 5, 8, 4, 4 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void EveryPixelLiesInItsSquareAndTheRestIsZero(int h, int w, int kernel, int top, int left)
    {
        SpaceToDepth size = Of(h, w, kernel, top, left);
        Conv2dShape shape = size.Shape;
        float[] src = [.. Enumerable.Range(1, (int)shape.SrcLength)], dst = new float[size.Elements];
        ushort[] half = [.. src.Select(value => (ushort)value)], halfDst = new ushort[size.Elements];
        using WorkerTeam team = new(2);
        Array.Fill(dst, -1);
        size.Squares<float>(team, src, dst);
        size.Squares<ushort>(team, half, halfDst);
        int i = 0;
        for (int plane = 0; plane < shape.N * shape.IC; plane++)
        {
            for (int row = 0; row < size.Rows; row++)
            {
                for (int column = 0; column < size.Columns; column++)
                {
                    for (int pixel = 0; pixel < 16; pixel++, i++)
                    {
                        int y = (4 * row) + (pixel / 4) - top, x = (4 * column) + (pixel % 4) - left;
                        float expected = y >= 0 && y < h && x >= 0 && x < w ? src[(((plane * h) + y) * w) + x] : 0;
                        Assert.Equal(expected, dst[i]);
                        Assert.Equal((ushort)expected, halfDst[i]);
                    }
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void WeightsGoThereAndBack(int h, int w, int kernel, int top, int left)
    {
        SpaceToDepth size = Of(h, w, kernel, top, left);
        float[] weights = [.. Enumerable.Range(1, (int)size.Shape.WeightsLength)], back = new float[weights.Length];
        float[] squares = new float[size.Shape.OC * size.Channels * size.WindowH * size.WindowW];
        Array.Fill(squares, -1);
        size.Windows(weights, squares);
        // Each once, and zeros between them.
        Assert.Equal(weights, squares.Where(value => value != 0).Order());
        size.WindowGradients(squares, back);
        Assert.Equal(weights, back);
    }

    [Fact]
    public void OtherStridesAndLengthsAreRefused()
    {
        using WorkerTeam team = new(1);
        SpaceToDepth size = Of(28, 28, 11, 1, 1);
        float[] src = new float[size.Shape.SrcLength], dst = new float[size.Elements];
        Assert.Throws<ArgumentException>(() => size.Squares<float>(team, src, dst.AsSpan(1)));
        Assert.Throws<ArgumentException>(() => size.Squares<float>(team, src.AsSpan(1), dst));
        Assert.Throws<ArgumentException>(() => new SpaceToDepth(size.Shape with { StrideH = 2 }).Squares<float>(team, src, dst));
    }

    private static SpaceToDepth Of(int h, int w, int kernel, int top, int left) =>
        new(new Conv2dShape(2, 3, h, w, 5, kernel, kernel, ((h + top - kernel) / 4) + 1, ((w + left - kernel) / 4) + 1, 4, 4, top, left, 1));
}
