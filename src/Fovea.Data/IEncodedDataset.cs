namespace Fovea.Data;

/// <summary>A data set whose samples are files; inspection looks into them.</summary>
internal interface IEncodedDataset
{
    /// <summary>The whole file of sample <paramref name="index"/>.</summary>
    /// <exception cref="SampleException">The file cannot be read.</exception>
    byte[] FileOf(int index);
}
