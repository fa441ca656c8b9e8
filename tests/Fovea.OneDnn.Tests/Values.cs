namespace Fovea.OneDnn.Tests;

/// <summary>Test data from a fixed formula, and the comparison with its bound.</summary>
internal static class Values
{
    /// <summary>Numbers in [-1, 1) that repeat for the same seed and have no pattern along any dimension.</summary>
    public static float[] Make(long count, uint seed)
    {
        float[] values = new float[count];
        uint state = seed * 2654435769u + 1;
        for (int i = 0; i < values.Length; i++)
        {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            values[i] = (state >> 8) / 8388608f - 1;
        }

        return values;
    }

    /// <summary>
    /// The bound of float32 summation in any order: (terms + slack) * 2^-24 * the sum of the absolute terms, which `magnitude` bounds from above per
    /// element.
    /// </summary>
    public static void AreClose(double[] expected, float[] actual, int terms, double magnitude, string what = "")
    {
        Assert.Equal(expected.Length, actual.Length);
        double bound = (terms + 4) * Math.Pow(2, -24) * magnitude;
        for (int i = 0; i < expected.Length; i++)
        {
            double difference = Math.Abs(expected[i] - actual[i]);
            Assert.True(difference <= bound, $"{what} element {i}: expected {expected[i]}, got {actual[i]}, bound {bound}");
        }
    }
}
