using System.Net.Http.Headers;
using System.Security.Cryptography;
using Fovea.Kernels;

namespace Fovea.Data.Catalog;

/// <summary>Fetches a data set from its published address and verifies it, file by file.</summary>
public sealed class DatasetDownload
{
    // A server that sends nothing for so long will not send the rest either.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly string? _folder;
    private readonly Uri? _address;
    private readonly HttpMessageHandler? _handler;

    /// <summary>A download.</summary>
    /// <param name="folder">
    /// Where the files go; null (the default): <see cref="DatasetPlaces.CacheFolder"/>, where <see cref="DatasetCatalog.Open"/> finds them.
    /// </param>
    /// <param name="baseAddress">Where they come from, ending in a slash; null (the default): the published address.</param>
    /// <param name="handler">What sends the requests; null (the default): .NET's own. It stays the caller's.</param>
    public DatasetDownload(string? folder = null, Uri? baseAddress = null, HttpMessageHandler? handler = null) =>
        (_folder, _address, _handler) = (folder, baseAddress, handler);

    /// <summary>Names of the data sets that can be fetched.</summary>
    public static IReadOnlyList<string> Fetchable { get; } = [.. DatasetCatalog.BuiltIn.Where(d => d.Download is not null).Select(d => d.Name)];

    /// <summary>
    /// Fetches what is missing of the data set <paramref name="name"/>; files that are there and intact stay. A file appears under its name only when
    /// complete and verified.
    /// </summary>
    /// <returns>The folder that holds the files.</returns>
    /// <exception cref="FoveaException">
    /// There is no such download, the server cannot be reached or refuses, the content is not what was published, or the folder cannot be written.
    /// </exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled; what was fetched completely stays.</exception>
    public Task<string> GetAsync(string name, IProgress<DownloadProgress>? progress = null, CancellationToken cancellation = default)
    {
        BuiltInDataset dataset = DatasetCatalog.Find(name)
            ?? throw new FoveaException($"There is no built-in data set '{name}'; 'data get' knows "
                + $"{string.Join(", ", Fetchable)}.{NearestName.Hint(name, Fetchable)}");
        PublishedFiles published = dataset.Download
            ?? throw new FoveaException($"'data get' does not fetch {name}, only {string.Join(", ", Fetchable)}. {dataset.HowToGet}");
        published = published with { Address = _address ?? published.Address };
        return GetAsync(published, _folder ?? DatasetPlaces.CacheFolder(name), progress, cancellation);
    }

    internal async Task<string> GetAsync(
        PublishedFiles published, string folder, IProgress<DownloadProgress>? progress, CancellationToken cancellation)
    {
        using HttpClient client = _handler is null ? new HttpClient() : new HttpClient(_handler, disposeHandler: false);
        client.Timeout = Patience;
        client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("fovea", "0.1"));
        try
        {
            Directory.CreateDirectory(folder);
            foreach ((int index, PublishedFile file) in published.Files.Index())
            {
                var report = new DownloadProgress(file.Name, 0, file.Bytes, index + 1, published.Files.Count, AlreadyThere: false);
                string target = Path.Combine(folder, file.Name);
                if (await IsIntact(target, file, cancellation).ConfigureAwait(false))
                    progress?.Report(report with { FileBytes = file.Bytes, AlreadyThere = true });
                else
                    await Fetch(client, new Uri(published.Address, file.Name), file, target, report, progress, cancellation).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FoveaException($"Fetching into the folder '{folder}': {IoReason.Of(e, folder)}. Check that it may be written and that the disk has room.", e);
        }
        return folder;
    }

    private static async Task<bool> IsIntact(string path, PublishedFile file, CancellationToken cancellation)
    {
        if (!File.Exists(path) || new FileInfo(path).Length != file.Bytes)
            return false;
        using FileStream stream = File.OpenRead(path);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellation).ConfigureAwait(false)) == file.Sha256;
    }

    private static async Task Fetch(HttpClient client, Uri address, PublishedFile file, string target, DownloadProgress report,
        IProgress<DownloadProgress>? progress, CancellationToken cancellation)
    {
        // A name of its own: two downloads at the same time do not write into one file.
        string part = $"{target}.{Guid.NewGuid():N}.part";
        try
        {
            string digest;
            using (var output = new FileStream(part, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                digest = await Receive(client, address, file, output, report, progress, cancellation).ConfigureAwait(false);
                output.Flush(flushToDisk: true);
            }
            if (digest != file.Sha256)
                throw new FoveaException($"Fetching {address}: the content is not what was published: SHA-256 {digest}, expected {file.Sha256}. "
                    + "Something on the way changed it; try again, or from another network.");
            File.Move(part, target, overwrite: true);
        }
        finally
        {
            File.Delete(part);
        }
    }

    private static async Task<string> Receive(HttpClient client, Uri address, PublishedFile file, FileStream output, DownloadProgress report,
        IProgress<DownloadProgress>? progress, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        long received = 0;
        try
        {
            using HttpResponseMessage response = await client
                .GetAsync(address, HttpCompletionOption.ResponseHeadersRead, cancellation).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode)
                throw new FoveaException($"Fetching {address}: the server answered {(int)response.StatusCode} {response.ReasonPhrase}. Try again "
                    + "later.");
            using Stream content = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
            byte[] buffer = new byte[1 << 16];
            while (true)
            {
                patience.CancelAfter(Patience);
                int got = await ReadSome(content, buffer, patience.Token).ConfigureAwait(false);
                if (got == 0)
                    break;
                received += got;
                if (received > file.Bytes)
                    throw new FoveaException($"Fetching {address}: the server sends more than the {file.Bytes} bytes that were published; this "
                        + "is another file.");
                hash.AppendData(buffer, 0, got);
                await output.WriteAsync(buffer.AsMemory(0, got), cancellation).ConfigureAwait(false);
                progress?.Report(report with { FileBytes = received });
            }
        }
        catch (HttpRequestException e)
        {
            throw new FoveaException($"Fetching {address}: {e.Message} Check the network (and HTTP_PROXY, where there is a proxy).", e);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new FoveaException($"Fetching {address}: the server sent nothing for {Patience.TotalSeconds:0} seconds ({received} of "
                + $"{file.Bytes} bytes so far). Try again later.", e);
        }
        if (received < file.Bytes)
            throw new FoveaException($"Fetching {address}: the connection ended after {received} of {file.Bytes} bytes. Try again.");
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    // What the network does wrong is told apart from what the disk does wrong: both are IOException.
    private static async Task<int> ReadSome(Stream content, byte[] buffer, CancellationToken cancellation)
    {
        try
        {
            return await content.ReadAsync(buffer, cancellation).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw new HttpRequestException(e.Message, e);
        }
    }
}
