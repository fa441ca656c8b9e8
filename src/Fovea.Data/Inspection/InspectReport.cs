namespace Fovea.Data.Inspection;

/// <summary>What <c>data inspect</c> found.</summary>
public sealed record InspectReport
{
    /// <summary>The built-in name, or the folder as given.</summary>
    public required string Name { get; init; }

    /// <summary>What was found where, in words.</summary>
    public required string Layout { get; init; }

    /// <summary>Every class with its samples per split.</summary>
    public required IReadOnlyList<ClassCount> Classes { get; init; }

    /// <summary>Samples of the training split, broken ones included.</summary>
    public required int TrainImages { get; init; }

    /// <summary>Samples of the validation split, broken ones included.</summary>
    public required int ValidationImages { get; init; }

    /// <summary>Sizes of the pictures that could be read; null where none could.</summary>
    public required SizeSummary? Sizes { get; init; }

    /// <summary>Samples per format ("JPEG", "PNG", "idx"...), the most frequent first; by content, not by name.</summary>
    public required IReadOnlyList<FormatCount> Formats { get; init; }

    /// <summary>
    /// Mean of each channel of the training split's pictures, of values from 0 to 1; empty where none could be read. Every picture weighs the same.
    /// </summary>
    public required IReadOnlyList<double> Mean { get; init; }

    /// <summary>Standard deviation of each channel about <see cref="Mean"/>, likewise.</summary>
    public required IReadOnlyList<double> Std { get; init; }

    /// <summary>Pictures from which mean and deviation were computed.</summary>
    public required int StatisticsImages { get; init; }

    /// <summary>Samples that cannot be read, in the data set's order, with the reason.</summary>
    public required IReadOnlyList<BrokenFile> Broken { get; init; }

    /// <summary>Groups of samples with the same bytes, each sample as "train: path" or "val: path".</summary>
    public required IReadOnlyList<IReadOnlyList<string>> Duplicates { get; init; }

    /// <summary>Groups of <see cref="Duplicates"/> that have samples in both splits: validation then measures memory.</summary>
    public required int DuplicatesAcrossSplits { get; init; }
}

/// <summary>A class and its samples per split.</summary>
/// <param name="Name">The class.</param>
/// <param name="Train">Samples in the training split.</param>
/// <param name="Validation">Samples in the validation split.</param>
public sealed record ClassCount(string Name, int Train, int Validation);

/// <summary>Samples of one format.</summary>
/// <param name="Format">The format's name.</param>
/// <param name="Images">Samples.</param>
public sealed record FormatCount(string Format, int Images);

/// <summary>Smallest, median and largest width and height in pixels, each by itself.</summary>
/// <param name="MinWidth">Smallest width.</param>
/// <param name="MedianWidth">Median width.</param>
/// <param name="MaxWidth">Largest width.</param>
/// <param name="MinHeight">Smallest height.</param>
/// <param name="MedianHeight">Median height.</param>
/// <param name="MaxHeight">Largest height.</param>
public sealed record SizeSummary(int MinWidth, int MedianWidth, int MaxWidth, int MinHeight, int MedianHeight, int MaxHeight);

/// <summary>A sample that cannot be read.</summary>
/// <param name="Source">Its path or description.</param>
/// <param name="Reason">What is wrong with it.</param>
public sealed record BrokenFile(string Source, string Reason);
