namespace Fovea.Training;

/// <summary>Which class a row of logits names.</summary>
internal static class Ranking
{
    /// <summary>Index of the largest value, the first of equals; 0 where nothing is comparable.</summary>
    public static int Largest(ReadOnlySpan<double> values)
    {
        int best = 0;
        for (int i = 1; i < values.Length; i++)
        {
            if (values[i] > values[best] || double.IsNaN(values[best]))
                best = i;
        }
        return best;
    }

    /// <summary>Indices of the largest values in falling order, the first of equals first.</summary>
    public static int[] Top(ReadOnlySpan<float> values, int count)
    {
        int[] order = new int[values.Length];
        float[] keys = new float[values.Length];
        for (int i = 0; i < order.Length; i++)
            (order[i], keys[i]) = (i, float.IsNaN(values[i]) ? float.PositiveInfinity : -values[i]);
        Array.Sort(order, (a, b) => keys[a] != keys[b] ? keys[a].CompareTo(keys[b]) : a.CompareTo(b));
        return order[..Math.Min(count, order.Length)];
    }

    /// <summary>Softmax in double precision.</summary>
    public static double[] Softmax(ReadOnlySpan<float> logits)
    {
        double max = double.NegativeInfinity, sum = 0;
        foreach (float value in logits)
            max = Math.Max(max, value);
        double[] probabilities = new double[logits.Length];
        for (int i = 0; i < logits.Length; i++)
            sum += probabilities[i] = Math.Exp(logits[i] - max);
        for (int i = 0; i < logits.Length; i++)
            probabilities[i] /= sum;
        return probabilities;
    }
}
