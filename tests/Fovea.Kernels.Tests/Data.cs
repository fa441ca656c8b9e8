using Fovea.Kernels.Threading;

namespace Fovea.Kernels.Tests;

/// <summary>Values for tests, the same in every run, and comparisons whose tolerance follows from float32's rounding.</summary>
internal static class Data
{
    /// <summary>Unit roundoff of float32: half the distance between 1 and its successor.</summary>
    public const double U = 1.0 / (1 << 24);

    /// <summary>Values in [-1, 1).</summary>
    public static float[] Random(long count, uint seed = 1)
    {
        PhiloxKey key = new(20240607, RandomStream.Shuffle, seed, 0);
        float[] values = new float[count];
        for (long i = 0; i < count; i++)
            values[i] = (2f * key.Unit((ulong)i)) - 1f;
        return values;
    }

    /// <summary>Memory full of NaN: a kernel that reads what it should have written first gives itself away.</summary>
    public static float[] Nan(long count)
    {
        float[] values = new float[count];
        Array.Fill(values, float.NaN);
        return values;
    }

    /// <summary>Scratch memory full of NaN.</summary>
    public static byte[] Dirty(long bytes)
    {
        byte[] values = new byte[bytes];
        Array.Fill(values, (byte)0xFF);
        return values;
    }

    /// <summary>
    /// |actual - sum| is at most terms * u * (sum of |terms|): the bound of a float32 sum of products in any order, with two more roundings for what
    /// surrounds it (Higham, "Accuracy and stability of numerical algorithms", section 3.1; second-order terms are below a thousandth of it here).
    /// </summary>
    public static void Near(double expected, double magnitude, int terms, float actual, string what)
    {
        double tolerance = (terms + 3) * U * magnitude * 1.001;
        Assert.True(Math.Abs(actual - expected) <= tolerance + 1e-37, $"{what}: got {actual}, expected {expected} within {tolerance}.");
    }

    public static void SameBits(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.True(BitConverter.SingleToInt32Bits(expected[i]) == BitConverter.SingleToInt32Bits(actual[i]),
                $"{what}: element {i} is {actual[i]}, expected {expected[i]}.");
    }

    /// <summary>Runs with 1, 2 and 3 threads and wants the same bits.</summary>
    public static float[] AtAnyThreads(string what, Func<WorkerTeam, float[]> run)
    {
        using WorkerTeam one = new(1), two = new(2), three = new(3);
        float[] first = run(one);
        SameBits(first, run(two), $"{what} with 2 threads");
        SameBits(first, run(three), $"{what} with 3 threads");
        return first;
    }
}
