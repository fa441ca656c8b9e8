namespace Fovea.Data;

/// <summary>A published data set that is known by name.</summary>
public sealed record BuiltInDataset
{
    /// <summary>The name that <c>--data</c> takes.</summary>
    public required string Name { get; init; }

    /// <summary>One line about it, for <c>data list</c>.</summary>
    public required string Summary { get; init; }

    /// <summary>Class names in the data set's own order.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>Size, channels, mean and standard deviation.</summary>
    public required DataDefaults Defaults { get; init; }

    /// <summary>Samples published in the training and the test split, for <c>data list</c>.</summary>
    public required (int Train, int Test) Published { get; init; }

    /// <summary>Folders relative to a place in which its files may lie besides the place itself.</summary>
    public required IReadOnlyList<string> Subfolders { get; init; }

    /// <summary>Further places in which its files usually lie, such as a distribution's package; may be relative to the working folder.</summary>
    public IReadOnlyList<string> UsualPlaces { get; init; } = [];

    /// <summary>What to do where the files were not found, as a sentence.</summary>
    public required string HowToGet { get; init; }

    /// <summary>Whether a folder holds (some of) its files.</summary>
    public required Func<string, bool> IsIn { get; init; }

    /// <summary>Reads both splits from the folder that holds the files.</summary>
    public required Func<string, DataSplits> Open { get; init; }
}
