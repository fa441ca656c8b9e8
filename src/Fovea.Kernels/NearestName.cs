namespace Fovea.Kernels;

/// <summary>Finds what the user may have meant, for error messages.</summary>
public static class NearestName
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

    /// <summary>Insertions, deletions, replacements of a letter and swaps of neighbours (Damerau and Levenshtein's distance, optimal string alignment).</summary>
    private static int Distance(string a, string b)
    {
        int[,] cost = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
        {
            for (int j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    cost[i, j] = i + j;
                    continue;
                }
                int replaced = cost[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                cost[i, j] = Math.Min(replaced, Math.Min(cost[i - 1, j], cost[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    cost[i, j] = Math.Min(cost[i, j], cost[i - 2, j - 2] + 1);
            }
        }
        return cost[a.Length, b.Length];
    }
}
