using Fovea.Kernels;

namespace Fovea.Data;

/// <summary>Random orders.</summary>
internal static class Permutation
{
    /// <summary>
    /// Shuffles in place (Fisher and Yates); draw i decides the place of element i, so the order depends on the key and the length alone.
    /// </summary>
    public static void Shuffle(Span<int> items, PhiloxKey key)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = key.Below((ulong)i, i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }
}
