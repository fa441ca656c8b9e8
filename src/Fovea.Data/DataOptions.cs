namespace Fovea.Data;

/// <summary>
/// How a data set is found and split: the command line's <c>--data-dir</c>, <c>--val-split</c>, <c>--seed</c>, <c>--limit-train</c> and
/// <c>--limit-val</c>.
/// </summary>
public sealed record DataOptions
{
    /// <summary>
    /// The folder in which a built-in data set's files lie; null (the default) looks in the usual places. Not for folders of photographs.
    /// </summary>
    public string? DataDir { get; init; }

    /// <summary>The share of each class that becomes the validation split where a folder has none; above 0, below 1, default 0.2.</summary>
    public double ValSplit { get; init; } = 0.2;

    /// <summary>The seed of splits and subsets; default 0.</summary>
    public ulong Seed { get; init; }

    /// <summary>
    /// At most this many training samples, a seeded subset with the classes in proportion; null (the default) takes all; 1 or more.
    /// </summary>
    public int? LimitTrain { get; init; }

    /// <summary>
    /// At most this many validation samples, a seeded subset with the classes in proportion; null (the default) takes all; 1 or more.
    /// </summary>
    public int? LimitVal { get; init; }
}
