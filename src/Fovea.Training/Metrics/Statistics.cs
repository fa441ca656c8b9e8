namespace Fovea.Training;

/// <summary>What chance alone can do to an accuracy.</summary>
public static class Statistics
{
    // The 97.5 % quantile of the normal distribution.
    private const double Z95 = 1.959963984540054;

    /// <summary>
    /// Wilson's 95 % interval of a share (Wilson 1927): unlike the <see cref="Bootstrap"/> it needs no draws, and it stays honest at 0 and 1, where
    /// resampling gives an interval of no width.
    /// </summary>
    /// <param name="hits">Images that are right.</param>
    /// <param name="all">Images, 0 or more; without any, the interval is 0 to 1.</param>
    /// <returns>Both ends, 0 to 1.</returns>
    public static (double Low, double High) WilsonInterval(int hits, int all)
    {
        if (all == 0)
            return (0, 1);
        double n = all, p = hits / n, z2 = Z95 * Z95;
        double centre = (p + z2 / (2 * n)) / (1 + z2 / n);
        double half = Z95 / (1 + z2 / n) * Math.Sqrt(p * (1 - p) / n + z2 / (4 * n * n));
        // At the ends the two terms are equal but for rounding.
        return (hits == 0 ? 0 : centre - half, hits == all ? 1 : centre + half);
    }

    /// <summary>
    /// McNemar's test, exact and two-sided: how likely two networks that are equally good differ at least so much on the same images. Only the images
    /// count that one gets right and the other wrong; each is a fair coin's throw.
    /// </summary>
    /// <param name="onlyFirst">Images that only the first network gets right.</param>
    /// <param name="onlySecond">Images that only the second network gets right.</param>
    /// <returns>The probability, 0 to 1; 1 where the networks differ nowhere.</returns>
    public static double McNemar(int onlyFirst, int onlySecond)
    {
        int n = onlyFirst + onlySecond, least = Math.Min(onlyFirst, onlySecond);
        // The binomial coefficients one from the other, in logarithms: 2^-n alone would vanish.
        double log = -n * Math.Log(2), sum = 0;
        for (int k = 0; k <= least; k++)
        {
            sum += Math.Exp(log);
            log += Math.Log(n - k) - Math.Log(k + 1);
        }
        return Math.Min(1, 2 * sum);
    }
}
