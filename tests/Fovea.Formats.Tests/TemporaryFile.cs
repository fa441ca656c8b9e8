namespace Fovea.Formats.Tests;

/// <summary>A file that is gone when the test is.</summary>
internal sealed class TemporaryFile : IDisposable
{
    public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"fovea-{Guid.NewGuid():N}.safetensors");

    public static TemporaryFile With(ReadOnlySpan<byte> bytes)
    {
        var file = new TemporaryFile();
        File.WriteAllBytes(file.Path, bytes);
        return file;
    }

    public void Dispose() => File.Delete(Path);
}
