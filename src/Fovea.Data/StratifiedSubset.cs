using Fovea.Kernels;

namespace Fovea.Data;

/// <summary>Seeded choices of samples that keep the classes in proportion.</summary>
internal static class StratifiedSubset
{
    // The third coordinate of the random position tells the draws apart; the numbers are part of what a seed means.
    private const uint SplitDraw = 0, TrainDraw = 1, ValidationDraw = 2;

    /// <summary>Cuts both splits down to the limits of <paramref name="options"/>.</summary>
    public static DataSplits Limit(DataSplits splits, DataOptions options) => splits with
    {
        Train = Limit(splits.Train, options.LimitTrain, options.Seed, TrainDraw),
        Validation = Limit(splits.Validation, options.LimitVal, options.Seed, ValidationDraw),
    };

    /// <summary>
    /// Splits by class: each class gives the share <paramref name="share"/>, rounded, at least one sample and never all, to the second part.
    /// </summary>
    public static (int[] First, int[] Second) Split(IReadOnlyList<int> labels, int classes, double share, ulong seed)
    {
        var first = new List<int>();
        var second = new List<int>();
        int[][] members = ByClass(labels, classes);
        for (int c = 0; c < classes; c++)
        {
            int[] shuffled = Shuffled(members[c], new PhiloxKey(seed, RandomStream.Split, (uint)c, SplitDraw));
            int taken = shuffled.Length < 2 ? 0 : Math.Clamp((int)Math.Round(shuffled.Length * share), 1, shuffled.Length - 1);
            second.AddRange(shuffled.AsSpan(0, taken));
            first.AddRange(shuffled.AsSpan(taken));
        }
        first.Sort();
        second.Sort();
        return ([.. first], [.. second]);
    }

    private static IImageDataset Limit(IImageDataset source, int? limit, ulong seed, uint draw)
    {
        if (limit is not { } wanted || wanted >= source.Count)
            return source;
        int classes = source.Classes.Count;
        int[] labels = new int[source.Count];
        for (int i = 0; i < labels.Length; i++)
            labels[i] = source.LabelOf(i);
        int[][] members = ByClass(labels, classes);
        int[] quotas = Quotas([.. members.Select(m => m.Length)], wanted);
        var chosen = new List<int>(wanted);
        for (int c = 0; c < classes; c++)
            chosen.AddRange(Shuffled(members[c], new PhiloxKey(seed, RandomStream.Split, (uint)c, draw)).AsSpan(0, quotas[c]));
        chosen.Sort();
        return new SubsetDataset($"{source.Name} (limited to {wanted})", source, [.. chosen]);
    }

    /// <summary>
    /// Shares <paramref name="wanted"/> out in proportion by largest remainder; no class that has samples goes without while another has two.
    /// </summary>
    internal static int[] Quotas(int[] counts, int wanted)
    {
        long total = counts.Sum(c => (long)c);
        int[] quotas = [.. counts.Select(c => (int)(c * (long)wanted / total))];
        int left = wanted - quotas.Sum();
        foreach (int c in Enumerable.Range(0, counts.Length).OrderByDescending(c => counts[c] * (long)wanted % total).Take(left))
            quotas[c]++;
        for (int c = 0; c < counts.Length; c++)
        {
            int richest = Array.IndexOf(quotas, quotas.Max());
            if (quotas[c] == 0 && counts[c] > 0 && quotas[richest] > 1)
                (quotas[c], quotas[richest]) = (1, quotas[richest] - 1);
        }
        return quotas;
    }

    private static int[][] ByClass(IReadOnlyList<int> labels, int classes)
    {
        var members = new List<int>[classes];
        for (int c = 0; c < classes; c++)
            members[c] = [];
        for (int i = 0; i < labels.Count; i++)
            members[labels[i]].Add(i);
        return [.. members.Select(m => m.ToArray())];
    }

    private static int[] Shuffled(int[] items, PhiloxKey key)
    {
        int[] shuffled = [.. items];
        Permutation.Shuffle(shuffled, key);
        return shuffled;
    }
}
