namespace Fovea.Training;

/// <summary>Counts images by their class and the class that the network says.</summary>
/// <param name="classes">Number of classes.</param>
public sealed class ConfusionMatrix(int classes)
{
    private readonly int[] _counts = new int[classes * classes];

    /// <summary>Counts one image.</summary>
    /// <param name="actual">Its class.</param>
    /// <param name="predicted">What the network says.</param>
    public void Add(int actual, int predicted) => _counts[actual * classes + predicted]++;

    /// <summary>Images of class <paramref name="actual"/> that the network called <paramref name="predicted"/>.</summary>
    public int this[int actual, int predicted] => _counts[actual * classes + predicted];

    /// <summary>Forgets everything.</summary>
    public void Clear() => Array.Clear(_counts);

    /// <summary>The matrix row by row: rows are classes, columns what the network says.</summary>
    public int[][] ToRows() => [.. Enumerable.Range(0, classes).Select(row => _counts.AsSpan(row * classes, classes).ToArray())];

    /// <summary>Precision, recall and F1 of each class.</summary>
    /// <param name="names">The class names.</param>
    public IReadOnlyList<ClassMetrics> PerClass(IReadOnlyList<string> names)
    {
        ClassMetrics[] metrics = new ClassMetrics[classes];
        for (int c = 0; c < classes; c++)
        {
            int support = 0, called = 0, hit = this[c, c];
            for (int other = 0; other < classes; other++)
            {
                support += this[c, other];
                called += this[other, c];
            }
            metrics[c] = new ClassMetrics(names[c], Share(hit, called), Share(hit, support), Share(2 * hit, called + support), support);
        }
        return metrics;
    }

    private static double Share(int part, int whole) => whole == 0 ? 0 : (double)part / whole;
}
