using Fovea.Engine;

namespace Fovea.Models;

/// <summary>
/// Filters that make the values of small patches uncorrelated: the eigenvectors of the patches' second moments, each divided by the root of its eigenvalue plus epsilon
/// (Jordan 2024, arXiv 2404.00498, section 3.2, after Page 2019 and Coates and Ng 2011). Sums are double and in one order, so images and shape decide every bit.
/// </summary>
internal static class PatchWhitening
{
    private const int Sweeps = 64;

    /// <summary>The filters by falling eigenvalue, each of C * KH * KW values in CHW order.</summary>
    /// <param name="pixels">u8 images, NHWC.</param>
    /// <param name="image">One image.</param>
    /// <param name="kernel">KH and KW.</param>
    /// <param name="preprocessing">How pixels become numbers.</param>
    /// <param name="epsilon">Added to each eigenvalue, above 0.</param>
    public static double[][] Filters(ReadOnlySpan<byte> pixels, TensorShape image, (int H, int W) kernel, Preprocessing preprocessing, double epsilon)
    {
        double[,] moments = Moments(pixels, image, kernel, preprocessing);
        (double[] values, double[,] vectors) = Eigen(moments);
        return
        [
            .. Enumerable.Range(0, values.Length).OrderByDescending(i => values[i])
                .Select(i => Enumerable.Range(0, values.Length).Select(k => vectors[k, i] / Math.Sqrt(values[i] + epsilon)).ToArray()),
        ];
    }

    /// <summary>The mean of p * p^T over every patch p of every image.</summary>
    private static double[,] Moments(ReadOnlySpan<byte> pixels, TensorShape image, (int H, int W) kernel, Preprocessing preprocessing)
    {
        int channels = image.C, size = channels * kernel.H * kernel.W, row = image.W * channels;
        double[] numbers = Numbers(preprocessing, channels), patch = new double[size];
        double[,] sums = new double[size, size];
        long count = 0;
        for (int start = 0; start < pixels.Length; start += checked((int)image.Elements))
        {
            for (int y = 0; y + kernel.H <= image.H; y++)
            {
                for (int x = 0; x + kernel.W <= image.W; x++, count++)
                {
                    int k = 0;
                    for (int c = 0; c < channels; c++)
                    {
                        int channel = preprocessing.ReverseChannels ? channels - 1 - c : c;
                        for (int dy = 0; dy < kernel.H; dy++)
                        {
                            for (int dx = 0; dx < kernel.W; dx++)
                                patch[k++] = numbers[(c * 256) + pixels[start + ((y + dy) * row) + ((x + dx) * channels) + channel]];
                        }
                    }
                    for (int i = 0; i < size; i++)
                    {
                        for (int j = 0; j <= i; j++)
                            sums[i, j] += patch[i] * patch[j];
                    }
                }
            }
        }
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j <= i; j++)
                sums[j, i] = sums[i, j] /= Math.Max(count, 1);
        }
        return sums;
    }

    /// <summary>What each byte of each channel is to the network.</summary>
    private static double[] Numbers(Preprocessing preprocessing, int channels)
    {
        double[] numbers = new double[channels * 256];
        for (int i = 0; i < numbers.Length; i++)
            numbers[i] = (((i % 256) * preprocessing.Scale) - preprocessing.Mean[i / 256]) / preprocessing.Std[i / 256];
        return numbers;
    }

    /// <summary>Eigenvalues and, as columns, eigenvectors of a symmetric matrix, by Jacobi's rotations (Golub and Van Loan, "Matrix computations", section 8.5).</summary>
    internal static (double[] Values, double[,] Vectors) Eigen(double[,] matrix)
    {
        int n = matrix.GetLength(0);
        double[,] a = (double[,])matrix.Clone(), v = new double[n, n];
        for (int i = 0; i < n; i++)
            v[i, i] = 1;
        for (int sweep = 0; sweep < Sweeps && OffDiagonal(a) > 0; sweep++)
        {
            for (int p = 0; p < n; p++)
            {
                for (int q = p + 1; q < n; q++)
                    Rotate(a, v, p, q);
            }
        }
        return ([.. Enumerable.Range(0, n).Select(i => a[i, i])], v);
    }

    /// <summary>The largest element beside the diagonal that is not rounding.</summary>
    private static double OffDiagonal(double[,] a)
    {
        double largest = 0, diagonal = 0;
        for (int i = 0; i < a.GetLength(0); i++)
        {
            diagonal = Math.Max(diagonal, Math.Abs(a[i, i]));
            for (int j = 0; j < i; j++)
                largest = Math.Max(largest, Math.Abs(a[i, j]));
        }
        return largest > diagonal * 1e-17 ? largest : 0;
    }

    private static void Rotate(double[,] a, double[,] v, int p, int q)
    {
        if (a[p, q] == 0)
            return;
        double theta = (a[q, q] - a[p, p]) / (2 * a[p, q]);
        double t = Math.CopySign(1, theta) / (Math.Abs(theta) + Math.Sqrt((theta * theta) + 1)), c = 1 / Math.Sqrt((t * t) + 1), s = t * c;
        for (int k = 0; k < a.GetLength(0); k++)
            (a[k, p], a[k, q]) = ((c * a[k, p]) - (s * a[k, q]), (s * a[k, p]) + (c * a[k, q]));
        for (int k = 0; k < a.GetLength(0); k++)
            (a[p, k], a[q, k]) = ((c * a[p, k]) - (s * a[q, k]), (s * a[p, k]) + (c * a[q, k]));
        for (int k = 0; k < a.GetLength(0); k++)
            (v[k, p], v[k, q]) = ((c * v[k, p]) - (s * v[k, q]), (s * v[k, p]) + (c * v[k, q]));
        a[p, q] = a[q, p] = 0;
    }
}
