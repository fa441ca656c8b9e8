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

    /// <summary>What <c>data get</c> fetches; null where nothing can be fetched.</summary>
    public PublishedFiles? Download { get; init; }

    /// <summary>Reads both splits of the data set given from the folder that holds its files.</summary>
    public required Func<BuiltInDataset, string, DataSplits> Read { get; init; }
}

/// <summary>The files of a data set as they are published.</summary>
/// <param name="Address">The address that the files' names are relative to; ends in a slash.</param>
/// <param name="Files">The files.</param>
public sealed record PublishedFiles(Uri Address, IReadOnlyList<PublishedFile> Files);

/// <summary>A published file.</summary>
/// <param name="Name">Its name, there and here.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">SHA-256 of its bytes in lower-case hexadecimal.</param>
public sealed record PublishedFile(string Name, long Bytes, string Sha256);
