namespace Fovea.Data;

/// <summary>A data set, opened: its two splits and what is known of it.</summary>
/// <param name="Name">The built-in name, or the folder as the user gave it.</param>
/// <param name="Train">The training split.</param>
/// <param name="Validation">The validation split; the published test split where the data set has no other.</param>
/// <param name="Layout">What was found where, in words, for the log.</param>
/// <param name="Defaults">What a network is fed unless the user says otherwise.</param>
public sealed record DataSplits(string Name, IImageDataset Train, IImageDataset Validation, string Layout, DataDefaults Defaults)
{
    /// <summary>The class names, the same for both splits: in the data set's own order, or sorted by ordinal comparison for folders.</summary>
    public IReadOnlyList<string> Classes => Train.Classes;

    /// <summary>SHA-256 in lower-case hexadecimal that identifies both splits as opened (limits included); <c>--resume</c> compares it.</summary>
    public string Fingerprint => Fingerprints.OfText(Train.Fingerprint, Validation.Fingerprint);

    /// <summary>Both splits, training first, as <c>eval --split all</c> reads them.</summary>
    public IImageDataset All => new JoinedDataset(Name, Train, Validation);
}

/// <summary>What is known of a data set's pictures.</summary>
/// <param name="Channels">1 (grey) or 3 (red, green, blue).</param>
/// <param name="Mean">Mean of each channel, of values from 0 to 1.</param>
/// <param name="Std">Standard deviation of each channel, of values from 0 to 1.</param>
/// <param name="Size">The size of every picture in pixels; null for photographs, whose sizes vary.</param>
public sealed record DataDefaults(int Channels, IReadOnlyList<float> Mean, IReadOnlyList<float> Std, (int Width, int Height)? Size)
{
    /// <summary>Photographs: three channels and ImageNet's mean and standard deviation, as torchvision has them.</summary>
    public static DataDefaults Photographs { get; } = new(3, [0.485f, 0.456f, 0.406f], [0.229f, 0.224f, 0.225f], null);
}
