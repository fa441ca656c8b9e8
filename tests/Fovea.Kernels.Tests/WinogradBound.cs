namespace Fovea.Kernels.Tests;

/// <summary>
/// What the rounding errors of Winograd's algorithm are in proportion to: the same sums with the sizes of all numbers, |A^T| [sum |G||g||G^T| *
/// |B^T||d||B|] |A|. Each rounding on the way from an input to a result adds at most u times this much.
/// </summary>
internal sealed class WinogradBound(Conv2dShape s)
{
    private static readonly WinogradToomCook Matrices = new(2, 5);

    private static readonly double[,] Source = WinogradToomCook.Sizes(Matrices.Source), Kernel = WinogradToomCook.Sizes(Matrices.Kernel),
        Result = WinogradToomCook.Sizes(Matrices.Result), ResultGradient = WinogradToomCook.Sizes(WinogradToomCook.Transposed(Matrices.Result)),
        KernelGradient = WinogradToomCook.Sizes(WinogradToomCook.Transposed(Matrices.Kernel));

    public double[] Dst(float[] src, float[] weights) =>
        Convolve(src, s.IC, s.H, s.W, s.OC, s.OH, s.OW, s.PadTop, s.PadLeft,
            (target, source, tap) => weights[(((target * s.IC) + source) * 25) + tap]);

    public double[] DiffSrc(float[] diffDst, float[] weights) =>
        Convolve(diffDst, s.OC, s.OH, s.OW, s.IC, s.H, s.W, 4 - s.PadTop, 4 - s.PadLeft,
            (target, source, tap) => weights[(((source * s.IC) + target) * 25) + 24 - tap]);

    public double[] DiffWeights(float[] src, float[] diffDst)
    {
        int tilesH = (s.OH + 1) / 2, tilesW = (s.OW + 1) / 2;
        double[] sums = new double[s.OC * s.IC * 36], result = new double[s.OC * s.IC * 25];
        for (int tile = 0; tile < s.N * tilesH * tilesW; tile++)
        {
            int x = tile % tilesW * 2, y = tile / tilesW % tilesH * 2, n = tile / (tilesW * tilesH);
            double[][] v = Each(s.IC, c => Sandwich(Source, Cut(src, s.IC, s.H, s.W, n, c, y - s.PadTop, x - s.PadLeft, 6)));
            double[][] z = Each(s.OC, c => Sandwich(ResultGradient, Cut(diffDst, s.OC, s.OH, s.OW, n, c, y, x, 2)));
            for (int pair = 0; pair < s.OC * s.IC; pair++)
            {
                double[] a = v[pair % s.IC], b = z[pair / s.IC];
                for (int i = 0; i < 36; i++)
                    sums[(pair * 36) + i] += a[i] * b[i];
            }
        }
        for (int pair = 0; pair < s.OC * s.IC; pair++)
            Sandwich(KernelGradient, sums[(pair * 36)..((pair + 1) * 36)]).CopyTo(result, pair * 25);
        return result;
    }

    private double[] Convolve(
        float[] values, int sources, int height, int width, int targets, int targetH, int targetW, int top, int left,
        Func<int, int, int, double> weight)
    {
        double[][] u = Each(targets * sources, pair =>
            Sandwich(Kernel, [.. Enumerable.Range(0, 25).Select(tap => Math.Abs(weight(pair / sources, pair % sources, tap)))]));
        int tilesH = (targetH + 1) / 2, tilesW = (targetW + 1) / 2;
        double[] result = new double[s.N * targets * targetH * targetW];
        for (int tile = 0; tile < s.N * tilesH * tilesW; tile++)
        {
            int x = tile % tilesW * 2, y = tile / tilesW % tilesH * 2, n = tile / (tilesW * tilesH);
            double[][] v = Each(sources, c => Sandwich(Source, Cut(values, sources, height, width, n, c, y - top, x - left, 6)));
            for (int target = 0; target < targets; target++)
            {
                double[] m = new double[36];
                for (int source = 0; source < sources; source++)
                {
                    double[] a = u[(target * sources) + source], b = v[source];
                    for (int i = 0; i < 36; i++)
                        m[i] += a[i] * b[i];
                }
                double[] four = Sandwich(Result, m);
                for (int i = 0; i < 4; i++)
                {
                    int row = y + (i / 2), column = x + (i % 2);
                    if (row < targetH && column < targetW)
                        result[(((((n * targets) + target) * targetH) + row) * targetW) + column] = four[i];
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
