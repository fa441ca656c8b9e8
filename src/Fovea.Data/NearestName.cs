namespace Fovea.Data;

/// <summary>Finds what the user may have meant.</summary>
internal static class NearestName
{
    /// <summary><c> Did you mean 'x'?</c> for the nearest of <paramref name="allowed"/>, or nothing where none is near.</summary>
    public static string Hint(string given, IEnumerable<string> allowed)
    {
        string? best = null;
        int bestDistance = int.MaxValue;
        foreach (string name in allowed)
        {
            int distance = Distance(given.ToLowerInvariant(), name.ToLowerInvariant());
            if (distance < bestDistance)
                (best, bestDistance) = (name, distance);
        }
        // Half the letters wrong is no typing error any more.
        return best is not null && bestDistance <= Math.Max(1, best.Length / 2) ? $" Did you mean '{best}'?" : "";
    }

    /// <summary>Levenshtein's distance: the fewest insertions, deletions and replacements of one letter.</summary>
    private static int Distance(string a, string b)
    {
        int[] row = new int[b.Length + 1];
        for (int j = 0; j <= b.Length; j++)
            row[j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[^1];
    }
}
