namespace Fovea.Data;

/// <summary>Where a sample of a part or a union of data sets comes from.</summary>
internal static class DatasetOrigin
{
    /// <summary>The data set that holds the sample itself, and its index there.</summary>
    public static (IImageDataset Data, int Index) Of(IImageDataset data, int index)
    {
        while (true)
        {
            switch (data)
            {
                case SubsetDataset subset:
                    (data, index) = (subset.Source, subset.SourceIndex(index));
                    break;
                case JoinedDataset joined:
                    (data, index) = joined.Part(index);
                    break;
                default:
                    return (data, index);
            }
        }
    }
}
