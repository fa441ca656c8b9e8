using Fovea.Kernels;

namespace Fovea.Training;

/// <summary>Samples of Beta(alpha, alpha), drawn by position: the same position gives the same sample.</summary>
internal static class BetaDraw
{
    /// <summary>A sample, 0 to 1: X / (X + Y) of two samples of Gamma(alpha).</summary>
    /// <param name="key">The position.</param>
    /// <param name="alpha">Above 0; small values give shares near 0 and 1.</param>
    /// <param name="block">First block of the position that may be used; the draw uses as many as it needs.</param>
    public static double Symmetric(PhiloxKey key, double alpha, ulong block)
    {
        double x = LogGamma(key, alpha, ref block), y = LogGamma(key, alpha, ref block);
        // As logarithms: a small alpha makes samples that a double does not hold.
        return 1 / (1 + Math.Exp(y - x));
    }

    /// <summary>The logarithm of a sample of Gamma(alpha, 1) (Marsaglia and Tsang, "A simple method for generating gamma variables", 2000).</summary>
    private static double LogGamma(PhiloxKey key, double alpha, ref ulong block)
    {
        double boost = 0;
        if (alpha < 1)
        {
            // Gamma(alpha) is Gamma(alpha + 1) times U^(1 / alpha); section 6 of the paper.
            boost = Math.Log(Unit(key.Words(block++).X0)) / alpha;
            alpha++;
        }
        double d = alpha - (1.0 / 3), c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            // The normal sample takes the first two words of a block, the acceptance the third.
            double z = key.Normal(block), u = Unit(key.Words(block++).X2), v = 1 + (c * z);
            if (v <= 0)
                continue;
            double logV = 3 * Math.Log(v), cube = v * v * v;
            if (Math.Log(u) < (0.5 * z * z) + d - (d * cube) + (d * logV))
                return Math.Log(d) + logV + boost;
        }
    }

    private static double Unit(uint word) => (word + 0.5) * (1.0 / 4294967296.0);
}
