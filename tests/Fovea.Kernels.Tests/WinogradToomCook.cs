using System.Numerics;

namespace Fovea.Kernels.Tests;

/// <summary>
/// The matrices of F(m, r) derived from the points 0, 1, -1, 2, -2, with eight points also 1/2 and -1/2, and infinity in rational arithmetic. The product of polynomials with m and r
/// coefficients is known from its values at m + r - 1 points: s = V^-1 [(E p) * (F q)], E and F evaluating, V^-1 interpolating. Its transposed form
/// is the filter: y = E^T [(F g) * (V^-T d)]. A factor may move between a row of F and the same row of V^-T.
/// </summary>
internal sealed class WinogradToomCook
{
    private static readonly Rational[] Points = [0, 1, -1, 2, -2, new Rational(1, 2), new Rational(-1, 2)];

    // What multiplies the rows of V^-T: for six points until they are whole numbers, for eight until their highest coefficient is 1 or -1.
    private static readonly Rational[] SixFactors = [4, -6, -6, 24, 24, 1];

    private static readonly Rational[] EightFactors =
        [1, new Rational(-9, 2), new Rational(-9, 2), 90, 90, new Rational(45, 32), new Rational(45, 32), 1];

    public WinogradToomCook(int outputs, int taps)
    {
        int n = outputs + taps - 1;
        Rational[] factors = n == 6 ? SixFactors : EightFactors;
        Assert.Equal(factors.Length, n);
        Rational[,] inverse = Invert(Evaluate(n, n));
        Result = Transposed(Evaluate(n, outputs));
        Rational[,] kernel = Evaluate(n, taps);
        Source = Transposed(inverse);
        Kernel = kernel;
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
                Source[i, j] *= factors[i];
            for (int j = 0; j < taps; j++)
                Kernel[i, j] /= factors[i];
        }
    }

    /// <summary>B^T.</summary>
    public Rational[,] Source { get; }

    /// <summary>G.</summary>
    public Rational[,] Kernel { get; }

    /// <summary>A^T.</summary>
    public Rational[,] Result { get; }

    public static Rational[,] Transposed(Rational[,] a)
    {
        Rational[,] t = new Rational[a.GetLength(1), a.GetLength(0)];
        for (int i = 0; i < t.GetLength(0); i++)
        {
            for (int j = 0; j < t.GetLength(1); j++)
                t[i, j] = a[j, i];
        }
        return t;
    }

    public static Rational[,] Multiply(Rational[,] a, Rational[,] b)
    {
        Rational[,] c = new Rational[a.GetLength(0), b.GetLength(1)];
        for (int i = 0; i < c.GetLength(0); i++)
        {
            for (int j = 0; j < c.GetLength(1); j++)
            {
                c[i, j] = 0;
                for (int k = 0; k < b.GetLength(0); k++)
                    c[i, j] += a[i, k] * b[k, j];
            }
        }
        return c;
    }

    /// <summary>The sizes of the entries, as doubles.</summary>
    public static double[,] Sizes(Rational[,] a)
    {
        double[,] sizes = new double[a.GetLength(0), a.GetLength(1)];
        for (int i = 0; i < sizes.GetLength(0); i++)
        {
            for (int j = 0; j < sizes.GetLength(1); j++)
                sizes[i, j] = Math.Abs(a[i, j].Value);
        }
        return sizes;
    }

    /// <summary>The largest sum of a row's sizes.</summary>
    public static double Norm(Rational[,] a)
    {
        double[,] sizes = Sizes(a);
        return Enumerable.Range(0, sizes.GetLength(0)).Max(i => Enumerable.Range(0, sizes.GetLength(1)).Sum(j => sizes[i, j]));
    }

    /// <summary>Powers of the points; at infinity only the highest coefficient is seen.</summary>
    private static Rational[,] Evaluate(int n, int coefficients)
    {
        Rational[,] v = new Rational[n, coefficients];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < coefficients; j++)
                v[i, j] = i < n - 1 ? Power(Points[i], j) : j == coefficients - 1 ? 1 : 0;
        }
        return v;
    }

    private static Rational Power(Rational x, int n)
    {
        Rational result = 1;
        for (int i = 0; i < n; i++)
            result *= x;
        return result;
    }

    private static Rational[,] Invert(Rational[,] a)
    {
        int n = a.GetLength(0);
        Rational[,] left = (Rational[,])a.Clone(), right = new Rational[n, n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
                right[i, j] = i == j ? 1 : 0;
        }
        for (int c = 0; c < n; c++)
        {
            int pivot = Enumerable.Range(c, n - c).First(r => left[r, c].Value != 0);
            for (int j = 0; j < n; j++)
            {
                (left[c, j], left[pivot, j]) = (left[pivot, j], left[c, j]);
                (right[c, j], right[pivot, j]) = (right[pivot, j], right[c, j]);
            }
            Rational scale = left[c, c];
            for (int j = 0; j < n; j++)
                (left[c, j], right[c, j]) = (left[c, j] / scale, right[c, j] / scale);
            for (int r = 0; r < n; r++)
            {
                Rational factor = left[r, c];
                for (int j = 0; r != c && j < n; j++)
                    (left[r, j], right[r, j]) = (left[r, j] - (factor * left[c, j]), right[r, j] - (factor * right[c, j]));
            }
        }
        return right;
    }
}

/// <summary>A fraction of whole numbers.</summary>
internal readonly struct Rational
{
    private readonly BigInteger top, bottom;

    public Rational(BigInteger top, BigInteger bottom)
    {
        BigInteger divisor = BigInteger.GreatestCommonDivisor(top, bottom) * bottom.Sign;
        (this.top, this.bottom) = (top / divisor, bottom / divisor);
    }

    public double Value => (double)top / (double)bottom;

    public static implicit operator Rational(int value) => new(value, 1);

    public static Rational operator +(Rational a, Rational b) => new((a.top * b.bottom) + (b.top * a.bottom), a.bottom * b.bottom);

    public static Rational operator -(Rational a, Rational b) => new((a.top * b.bottom) - (b.top * a.bottom), a.bottom * b.bottom);

    public static Rational operator *(Rational a, Rational b) => new(a.top * b.top, a.bottom * b.bottom);

    public static Rational operator /(Rational a, Rational b) => new(a.top * b.bottom, a.bottom * b.top);

    public override string ToString() => $"{top}/{bottom}";
}
