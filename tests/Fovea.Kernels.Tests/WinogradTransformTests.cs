namespace Fovea.Kernels.Tests;

public sealed unsafe class WinogradTransformTests
{
    private const int Lanes = WinogradGrid.Channels;

    private delegate void Transform(float* from, nint fromStep, float* to, nint toStep);

    /// <summary>y = A^T [(G g G^T) * (B^T d B)] A is the convolution of a tile, exactly.</summary>
    [Theory]
    [InlineData(2, 5)]
    [InlineData(4, 3)]
    [InlineData(4, 5)]
    [InlineData(6, 3)]
    public void TheMatricesConvolveATile(int outputs, int taps)
    {
        WinogradToomCook f = new(outputs, taps);
        Random random = new(7);
        for (int trial = 0; trial < 20; trial++)
        {
            Rational[,] d = Values(random, outputs + taps - 1), g = Values(random, taps);
            Rational[,] v = Sandwich(f.Source, d), u = Sandwich(f.Kernel, g), m = Sandwich(f.Result, Product(u, v));
            for (int y = 0; y < outputs; y++)
            {
                for (int x = 0; x < outputs; x++)
                {
                    Rational sum = 0;
                    for (int k = 0; k < taps * taps; k++)
                        sum += g[k / taps, k % taps] * d[y + (k / taps), x + (k % taps)];
                    Assert.Equal(sum, m[y, x]);
                }
            }
        }
    }

    /// <summary>The gradient of the kernel is G^T [(B^T d B) * (A dY A^T)] G, exactly.</summary>
    [Theory]
    [InlineData(2, 5)]
    [InlineData(4, 3)]
    [InlineData(4, 5)]
    [InlineData(6, 3)]
    public void TheTransposedMatricesGiveTheGradient(int outputs, int taps)
    {
        WinogradToomCook f = new(outputs, taps);
        Random random = new(8);
        for (int trial = 0; trial < 20; trial++)
        {
            Rational[,] d = Values(random, outputs + taps - 1), dy = Values(random, outputs);
            Rational[,] v = Sandwich(f.Source, d), z = Sandwich(WinogradToomCook.Transposed(f.Result), dy);
            Rational[,] dg = Sandwich(WinogradToomCook.Transposed(f.Kernel), Product(v, z));
            for (int k = 0; k < taps * taps; k++)
            {
                Rational sum = 0;
                for (int i = 0; i < outputs * outputs; i++)
                    sum += dy[i / outputs, i % outputs] * d[(k / taps) + (i / outputs), (k % taps) + (i % outputs)];
                Assert.Equal(sum, dg[k / taps, k % taps]);
            }
        }
    }

    /// <summary>What the kernels compute of unit vectors are the columns of the matrices, rounded once.</summary>
    [Fact]
    public void TheKernelsApplyTheMatrices()
    {
        ApplyTheMatrices<WinogradTransforms<WinogradSixPoints, Size2x5>>();
        ApplyTheMatrices<WinogradTransforms<WinogradSixPoints, Size4x3>>();
        ApplyTheMatrices<WinogradTransforms<WinogradEightPoints, Size4x5>>();
        ApplyTheMatrices<WinogradTransforms<WinogradEightPoints, Size6x3>>();
    }

    private static void ApplyTheMatrices<TForm>()
        where TForm : unmanaged, IWinogradForm
    {
        WinogradToomCook f = new(TForm.Outputs, TForm.Taps);
        Assert.Equal(TForm.Outputs + TForm.Taps - 1, TForm.Side);
        IsMatrix(f.Source, TForm.Source);
        IsMatrix(f.Kernel, TForm.Kernel);
        IsMatrix(f.Result, TForm.Result);
        IsMatrix(WinogradToomCook.Transposed(f.Result), TForm.ResultGradient);
        IsMatrix(WinogradToomCook.Transposed(f.Kernel), TForm.KernelGradient);
    }

    /// <summary>
    /// Errors grow at most by the product of the three matrices' norms, once per dimension: 10 * 31/24 * 7 = 90.4 here, 10 * 1 * 19 = 190 for the
    /// F(4 x 4, 3 x 3) that is in general use.
    /// </summary>
    [Fact]
    public void ErrorsGrowLessThanThoseOfTheUsualKernel()
    {
        static double Growth(WinogradToomCook f) =>
            WinogradToomCook.Norm(f.Source) * WinogradToomCook.Norm(f.Kernel) * WinogradToomCook.Norm(f.Result);
        Assert.Equal(10 * 31.0 / 24 * 7, Growth(new WinogradToomCook(2, 5)), 1e-9);
        Assert.Equal(10 * 1.0 * 19, Growth(new WinogradToomCook(4, 3)), 1e-9);
    }

    private static void IsMatrix(Rational[,] matrix, Transform transform)
    {
        int rows = matrix.GetLength(0), columns = matrix.GetLength(1);
        float* from = stackalloc float[columns * Lanes], to = stackalloc float[rows * Lanes];
        for (int j = 0; j < columns; j++)
        {
            // Each lane has a unit of its own, so that lanes that mix would show; powers of two round nothing.
            for (int i = 0; i < columns * Lanes; i++)
                from[i] = i / Lanes == j ? 1 << (i % Lanes) : 0;
            transform(from, Lanes, to, Lanes);
            for (int i = 0; i < rows * Lanes; i++)
                Assert.Equal((float)matrix[i / Lanes, j].Value * (1 << (i % Lanes)), to[i]);
        }
    }

    private static Rational[,] Sandwich(Rational[,] a, Rational[,] x) =>
        WinogradToomCook.Multiply(WinogradToomCook.Multiply(a, x), WinogradToomCook.Transposed(a));

    private static Rational[,] Product(Rational[,] a, Rational[,] b)
    {
        int side = a.GetLength(0);
        Rational[,] c = new Rational[side, side];
        for (int i = 0; i < side * side; i++)
            c[i / side, i % side] = a[i / side, i % side] * b[i / side, i % side];
        return c;
    }

    private static Rational[,] Values(Random random, int side)
    {
        Rational[,] values = new Rational[side, side];
        for (int i = 0; i < side * side; i++)
            values[i / side, i % side] = new Rational(random.Next(-1000, 1000), random.Next(1, 50));
        return values;
    }
}
