namespace Fovea.Engine.Planning;

/// <summary>Choices of kernels by key: what <c>fovea tune</c> measured, or what an earlier plan chose.</summary>
/// <param name="entries">Names of ways by key; see <see cref="KernelChoice"/>.</param>
public sealed class KernelTable(IReadOnlyDictionary<string, string> entries) : IKernelChoices
{
    /// <summary>The entries.</summary>
    public IReadOnlyDictionary<string, string> Entries => entries;

    /// <inheritdoc/>
    public string? Find(string key) => entries.GetValueOrDefault(key);

    /// <summary>
    /// Everything that plans chose, by rule or by table: a runtime that is given it makes the same plans again, whatever rules and tables say by then.
    /// </summary>
    /// <param name="choices">What was chosen.</param>
    public static KernelTable Of(IEnumerable<KernelChoice> choices)
    {
        SortedDictionary<string, string> all = new(StringComparer.Ordinal);
        foreach (KernelChoice choice in choices)
            all[choice.Key] = choice.Chosen;
        return new KernelTable(all);
    }
}
