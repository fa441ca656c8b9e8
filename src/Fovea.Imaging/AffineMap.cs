using System.Globalization;

namespace Fovea.Imaging;

/// <summary>
/// Where each pixel of the result of a warp comes from: (A x + B y + C, D x + E y + F) in pixels of the source, x and y being the centres of the result's pixels.
/// Pillow's order of coefficients.
/// </summary>
/// <param name="A">x from x.</param>
/// <param name="B">x from y.</param>
/// <param name="C">x's offset.</param>
/// <param name="D">y from x.</param>
/// <param name="E">y from y.</param>
/// <param name="F">y's offset.</param>
public readonly record struct AffineMap(double A, double B, double C, double D, double E, double F)
{
    /// <summary>A turn about the middle, counter-clockwise, as Pillow's <c>Image.rotate</c> computes it (the matrix rounded to 15 decimals).</summary>
    /// <param name="width">The picture's width in pixels.</param>
    /// <param name="height">The picture's height in pixels.</param>
    /// <param name="degrees">The angle.</param>
    public static AffineMap Rotation(int width, int height, double degrees)
    {
        double radians = -(degrees * (Math.PI / 180));
        double cos = Rounded(Math.Cos(radians)), sin = Rounded(Math.Sin(radians)), minus = Rounded(-Math.Sin(radians));
        double x = width / 2.0, y = height / 2.0;
        return new AffineMap(cos, sin, cos * -x + sin * -y + 0.0 + x, minus, cos, minus * -x + cos * -y + 0.0 + y);
    }

    /// <summary>
    /// The inverse of: shear, scale and turn about <paramref name="centre"/>, then translate; torchvision's <c>_get_inverse_affine_matrix</c>.
    /// </summary>
    /// <param name="centre">The fixed point, in pixels.</param>
    /// <param name="degrees">Angle, clockwise.</param>
    /// <param name="translate">Pixels to the right and down.</param>
    /// <param name="scale">Factor, above 0.</param>
    /// <param name="shear">Degrees along x and y, between -90 and 90.</param>
    public static AffineMap Inverse((double X, double Y) centre, double degrees, (double X, double Y) translate, double scale, (double X, double Y) shear)
    {
        double rot = degrees * (Math.PI / 180), sx = shear.X * (Math.PI / 180), sy = shear.Y * (Math.PI / 180);
        double a = Math.Cos(rot - sy) / Math.Cos(sy);
        double b = -Math.Cos(rot - sy) * Math.Tan(sx) / Math.Cos(sy) - Math.Sin(rot);
        double c = Math.Sin(rot - sy) / Math.Cos(sy);
        double d = -Math.Sin(rot - sy) * Math.Tan(sx) / Math.Cos(sy) + Math.Cos(rot);
        (double m0, double m1, double m3, double m4) = (d / scale, -b / scale, -c / scale, a / scale);
        double x = -centre.X - translate.X, y = -centre.Y - translate.Y;
        return new AffineMap(m0, m1, m0 * x + m1 * y + centre.X, m3, m4, m3 * x + m4 * y + centre.Y);
    }

    // Python's round(value, 15) is exact, Math.Round's is not; so it goes over the digits.
    private static double Rounded(double value)
    {
        Span<char> digits = stackalloc char[32];
        return value.TryFormat(digits, out int length, "F15", CultureInfo.InvariantCulture)
            ? double.Parse(digits[..length], CultureInfo.InvariantCulture)
            : value;
    }
}
