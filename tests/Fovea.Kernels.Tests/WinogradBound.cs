namespace Fovea.Kernels.Tests;

/// <summary>
/// What the rounding errors of Winograd's algorithm are in proportion to: the same sums with the sizes of all numbers, |A^T| [sum |G||g||G^T| *
/// |B^T||d||B|] |A|. Each rounding on the way from an input to a result adds at most u times this much.
/// </summary>
internal sealed class WinogradBound
{
    private readonly Conv2dShape s;
    private readonly int outputs, taps, side;
    private readonly double[,] source, kernel, result, resultGradient, kernelGradient;

    public WinogradBound(Conv2dShape s, int outputs)
    {
        (this.s, this.outputs, taps, side) = (s, outputs, s.KH, outputs + s.KH - 1);
        WinogradToomCook matrices = new(outputs, taps);
        (source, kernel, result) = (WinogradToomCook.Sizes(matrices.Source), WinogradToomCook.Sizes(matrices.Kernel), WinogradToomCook.Sizes(matrices.Result));
        resultGradient = WinogradToomCook.Sizes(WinogradToomCook.Transposed(matrices.Result));
        kernelGradient = WinogradToomCook.Sizes(WinogradToomCook.Transposed(matrices.Kernel));
    }

    private int Points => side * side;

    private int Square => taps * taps;

    public double[] Dst(float[] src, float[] weights) =>
        Convolve(src, s.IC, s.H, s.W, s.OC, s.OH, s.OW, s.PadTop, s.PadLeft,
            (target, source, tap) => weights[(((target * s.IC) + source) * Square) + tap]);

    public double[] DiffSrc(float[] diffDst, float[] weights) =>
        Convolve(diffDst, s.OC, s.OH, s.OW, s.IC, s.H, s.W, taps - 1 - s.PadTop, taps - 1 - s.PadLeft,
            (target, source, tap) => weights[(((source * s.IC) + target) * Square) + Square - 1 - tap]);

    public double[] DiffWeights(float[] src, float[] diffDst)
    {
        int tilesH = (s.OH + outputs - 1) / outputs, tilesW = (s.OW + outputs - 1) / outputs;
        double[] sums = new double[s.OC * s.IC * Points], result = new double[s.OC * s.IC * Square];
        for (int tile = 0; tile < s.N * tilesH * tilesW; tile++)
        {
            int x = tile % tilesW * outputs, y = tile / tilesW % tilesH * outputs, n = tile / (tilesW * tilesH);
            double[][] v = Each(s.IC, c => Sandwich(this.source, Cut(src, s.IC, s.H, s.W, n, c, y - s.PadTop, x - s.PadLeft, side)));
            double[][] z = Each(s.OC, c => Sandwich(this.resultGradient, Cut(diffDst, s.OC, s.OH, s.OW, n, c, y, x, outputs)));
            for (int pair = 0; pair < s.OC * s.IC; pair++)
            {
                double[] a = v[pair % s.IC], b = z[pair / s.IC];
                for (int i = 0; i < Points; i++)
                    sums[(pair * Points) + i] += a[i] * b[i];
            }
        }
        for (int pair = 0; pair < s.OC * s.IC; pair++)
            Sandwich(this.kernelGradient, sums[(pair * Points)..((pair + 1) * Points)]).CopyTo(result, pair * Square);
        return result;
    }

    private double[] Convolve(
        float[] values, int sources, int height, int width, int targets, int targetH, int targetW, int top, int left,
        Func<int, int, int, double> weight)
    {
        double[][] u = Each(targets * sources, pair =>
            Sandwich(this.kernel, [.. Enumerable.Range(0, Square).Select(tap => Math.Abs(weight(pair / sources, pair % sources, tap)))]));
        int tilesH = (targetH + outputs - 1) / outputs, tilesW = (targetW + outputs - 1) / outputs;
        double[] result = new double[s.N * targets * targetH * targetW];
        for (int tile = 0; tile < s.N * tilesH * tilesW; tile++)
        {
            int x = tile % tilesW * outputs, y = tile / tilesW % tilesH * outputs, n = tile / (tilesW * tilesH);
            double[][] v = Each(sources, c => Sandwich(this.source, Cut(values, sources, height, width, n, c, y - top, x - left, side)));
            for (int target = 0; target < targets; target++)
            {
                double[] m = new double[Points];
                for (int source = 0; source < sources; source++)
                {
                    double[] a = u[(target * sources) + source], b = v[source];
                    for (int i = 0; i < Points; i++)
                        m[i] += a[i] * b[i];
                }
                double[] tileResult = Sandwich(this.result, m);
                for (int i = 0; i < outputs * outputs; i++)
                {
                    int row = y + (i / outputs), column = x + (i % outputs);
                    if (row < targetH && column < targetW)
                        result[(((((n * targets) + target) * targetH) + row) * targetW) + column] = tileResult[i];
                }
            }
        }
        return result;
    }

    private static double[][] Each(int count, Func<int, double[]> make) => [.. Enumerable.Range(0, count).Select(make)];

    /// <summary>The sizes of a square of a plane; outside lie zeros.</summary>
    private static double[] Cut(float[] values, int channels, int height, int width, int n, int channel, int y, int x, int side)
    {
        double[] cut = new double[side * side];
        for (int i = 0; i < cut.Length; i++)
        {
            int row = y + (i / side), column = x + (i % side);
            if ((uint)row < (uint)height && (uint)column < (uint)width)
                cut[i] = Math.Abs(values[(((((n * channels) + channel) * height) + row) * width) + column]);
        }
        return cut;
    }

    /// <summary>a x a^T of a square x.</summary>
    private static double[] Sandwich(double[,] a, double[] x)
    {
        int rows = a.GetLength(0), columns = a.GetLength(1);
        double[] half = new double[rows * columns], result = new double[rows * rows];
        for (int i = 0; i < rows; i++)
        {
            for (int k = 0; k < columns; k++)
            {
                for (int j = 0; j < columns; j++)
                    half[(i * columns) + j] += a[i, k] * x[(k * columns) + j];
            }
        }
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < rows; j++)
            {
                for (int k = 0; k < columns; k++)
                    result[(i * rows) + j] += half[(i * columns) + k] * a[j, k];
            }
        }
        return result;
    }
}
