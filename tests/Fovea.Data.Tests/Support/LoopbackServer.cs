using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Fovea.Data.Tests.Support;

/// <summary>A web server on the loopback address that answers each request with bytes, or with 404.</summary>
internal sealed class LoopbackServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<string, byte[]?> _files;
    private readonly Task _loop;

    public LoopbackServer(Func<string, byte[]?> files)
    {
        _files = files;
        _listener.Start();
        Address = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");
        _loop = Task.Run(Serve);
    }

    public Uri Address { get; }

    public void Dispose()
    {
        _listener.Stop();
        _loop.Wait();
        _listener.Dispose();
    }

    private async Task Serve()
    {
        try
        {
            while (true)
            {
                using TcpClient client = await _listener.AcceptTcpClientAsync();
                NetworkStream stream = client.GetStream();
                using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
                string path = (await reader.ReadLineAsync())?.Split(' ')[1] ?? "/";
                while (!string.IsNullOrEmpty(await reader.ReadLineAsync()))
                {
                }
                byte[]? content = _files(path);
                string status = content is null ? "404 Not Found" : "200 OK";
                await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nContent-Length: {content?.Length ?? 0}\r\nConnection: close\r\n\r\n"));
                await stream.WriteAsync(content ?? []);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The listener was stopped.
        }
    }
}
