using System.Net;
using System.Security.Cryptography;
using Fovea.Data.Catalog;
using Fovea.Data.Tests.Support;
using Fovea.Kernels;

namespace Fovea.Data.Tests;

public sealed class DownloadTests : IDisposable
{
    private static readonly byte[] A = [.. Enumerable.Range(0, 200_000).Select(i => (byte)(i * i))], B = [1, 2, 3];
    private readonly TempFolder _folder = new();
    private readonly List<DownloadProgress> _progress = [];

    public void Dispose() => _folder.Dispose();

    private static PublishedFiles Published(Uri? address = null) => new(address ?? new Uri("http://test.invalid/x/"), [File("a.gz", A), File("b.gz", B)]);

    private static PublishedFile File(string name, byte[] content) => new(name, content.Length, Convert.ToHexStringLower(SHA256.HashData(content)));

    private async Task<string> Get(Func<HttpRequestMessage, HttpResponseMessage> answer, CancellationToken cancellation = default)
    {
        using var handler = new Handler(answer);
        var download = new DatasetDownload(handler: handler);
        return await download.GetAsync(Published(), _folder.At("deep", "er"), new Collect(_progress), cancellation);
    }

    private static HttpResponseMessage Serve(HttpRequestMessage request) =>
        new(HttpStatusCode.OK) { Content = new ByteArrayContent(request.RequestUri!.AbsolutePath == "/x/a.gz" ? A : B) };

    private string[] Left() => [.. Directory.EnumerateFiles(_folder.Path, "*", SearchOption.AllDirectories).Select(f => Path.GetFileName(f)).Order()];

    [Fact]
    public async Task Fetches_verifies_and_the_second_time_fetches_nothing()
    {
        string folder = await Get(Serve);
        Assert.Equal(A, System.IO.File.ReadAllBytes(Path.Combine(folder, "a.gz")));
        Assert.Equal(B, System.IO.File.ReadAllBytes(Path.Combine(folder, "b.gz")));
        Assert.Equal(new DownloadProgress("b.gz", 3, 3, 2, 2, false), _progress[^1]);
        _progress.Clear();
        await Get(_ => throw new InvalidOperationException("nothing must be fetched"));
        Assert.Equal([true, true], _progress.Select(p => p.AlreadyThere));
    }

    [Fact]
    public async Task A_damaged_file_is_fetched_again_and_a_good_one_stays()
    {
        string folder = await Get(Serve);
        byte[] bad = [.. A];
        bad[5]++;
        System.IO.File.WriteAllBytes(Path.Combine(folder, "a.gz"), bad);
        var asked = new List<string>();
        await Get(r =>
        {
            asked.Add(r.RequestUri!.AbsolutePath);
            return Serve(r);
        });
        Assert.Equal(["/x/a.gz"], asked);
        Assert.Equal(A, System.IO.File.ReadAllBytes(Path.Combine(folder, "a.gz")));
    }

    [Fact]
    public async Task What_is_wrong_is_said_and_nothing_half_is_left()
    {
        async Task Fails(string expected, Func<HttpRequestMessage, HttpResponseMessage> answer)
        {
            string error = (await Assert.ThrowsAsync<FoveaException>(() => Get(answer))).Message;
            Assert.Contains(expected, error);
            Assert.Contains("http://test.invalid/x/a.gz", error);
            Assert.Empty(Left());
        }
        static HttpResponseMessage Bytes(byte[] content) => new(HttpStatusCode.OK) { Content = new ByteArrayContent(content) };
        byte[] changed = [.. A];
        changed[^1]++;
        await Fails("404", _ => new HttpResponseMessage(HttpStatusCode.NotFound));
        await Fails("not what was published: SHA-256", _ => Bytes(changed));
        await Fails("the connection ended after 199999 of 200000 bytes", _ => Bytes(A[..^1]));
        await Fails("more than the 200000 bytes", _ => Bytes([.. A, 0]));
        await Fails("no such host", _ => throw new HttpRequestException("no such host"));
        await Fails("the wire was cut", _ => new HttpResponseMessage(HttpStatusCode.OK) { Content = new StreamContent(new CutStream(A[..70_000])) });
    }

    [Fact]
    public async Task An_unwritable_folder_is_said()
    {
        _folder.Write("deep", [1]);
        Assert.Contains("Check that it may be written", (await Assert.ThrowsAsync<FoveaException>(() => Get(Serve))).Message);
    }

    [Fact]
    public async Task Cancelling_keeps_what_is_complete()
    {
        using var cancellation = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Get(r =>
        {
            if (r.RequestUri!.AbsolutePath == "/x/b.gz")
                cancellation.Cancel();
            return Serve(r);
        }, cancellation.Token));
        Assert.Equal(["a.gz"], Left());
    }

    [Fact]
    public async Task Names_are_checked()
    {
        var download = new DatasetDownload(_folder.Path);
        Assert.Contains("Did you mean 'fashion-mnist'?", (await Assert.ThrowsAsync<FoveaException>(() => download.GetAsync("fashion-mnits"))).Message);
        Assert.Contains("does not fetch cifar10", (await Assert.ThrowsAsync<FoveaException>(() => download.GetAsync("cifar10"))).Message);
    }

    [Fact]
    public async Task Fetches_over_a_real_connection()
    {
        using var server = new LoopbackServer(path => path switch { "/d/a.gz" => A, "/d/b.gz" => B, _ => null });
        string folder = await new DatasetDownload().GetAsync(Published(new Uri(server.Address, "d/")), _folder.At("real"), null, default);
        Assert.Equal(A, System.IO.File.ReadAllBytes(Path.Combine(folder, "a.gz")));
        string error = (await Assert.ThrowsAsync<FoveaException>(() =>
            new DatasetDownload().GetAsync(Published(new Uri(server.Address, "elsewhere/")), _folder.At("other"), null, default))).Message;
        Assert.Contains("404", error);
    }

    private sealed class Collect(List<DownloadProgress> into) : IProgress<DownloadProgress>
    {
        public void Report(DownloadProgress value) => into.Add(value);
    }

    private sealed class Handler(Func<HttpRequestMessage, HttpResponseMessage> answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => Task.FromResult(answer(request));
    }

    private sealed class CutStream(byte[] content) : MemoryStream(content)
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            await base.ReadAsync(buffer, cancellationToken) is > 0 and var got ? got : throw new IOException("the wire was cut");
    }
}
