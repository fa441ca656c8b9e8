using Fovea.Kernels.Memory;
using Fovea.Kernels.Native;

namespace Fovea.Kernels.Tests;

public sealed class MemoryTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("fovea-kernels-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void AnArenaGrowsWithoutMovingAndStartsAtZero()
    {
        using Arena arena = new(64 << 20);
        arena.EnsureCommitted(1000);
        nint start = arena.BaseAddress;
        Span<float> early = arena.Span<float>(64, 100);
        Assert.True(early.IndexOfAnyExcept(0f) < 0);
        early.Fill(7f);
        arena.EnsureCommitted(40 << 20);
        Assert.Equal(start, arena.BaseAddress);
        Assert.Equal(start + 64, arena.Address(64));
        Assert.True(arena.Span<float>(64, 100).IndexOfAnyExcept(7f) < 0);
        Span<byte> rest = arena.Span<byte>(1000, (40 << 20) - 1000);
        Assert.True(rest.IndexOfAnyExcept((byte)0) < 0);
        rest.Fill(1);
        Assert.Equal(0, start % 64);
    }

    [Fact]
    public void AnArenaSaysWhatIsTooMuch()
    {
        using Arena arena = new(10 << 20);
        FoveaException error = Assert.Throws<FoveaException>(() => arena.EnsureCommitted(1L << 40));
        Assert.Contains("1024.00 GiB", error.Message, StringComparison.Ordinal);
        Assert.Contains("--batch-size", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnArenaGuardsItsEdges()
    {
        Arena arena = new(10 << 20);
        arena.EnsureCommitted(2 << 20);
        Assert.Throws<ArgumentOutOfRangeException>(() => arena.Span<float>(0, 1 << 20));
        Assert.Throws<ArgumentOutOfRangeException>(() => arena.Span<float>(2, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => arena.Span<float>(-4, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => arena.Span<byte>(0, 1L << 33));
        Assert.Throws<ArgumentOutOfRangeException>(() => arena.Address(-1));
        arena.Dispose();
        arena.Dispose();
        Assert.Throws<ArgumentOutOfRangeException>(() => arena.Span<float>(0, 1));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(2 << 20)]
    [InlineData((5 << 20) + 3)]
    public void ABufferIsZeroAlignedAndItsOwn(long bytes)
    {
        NativeBuffer buffer = new(bytes);
        Assert.Equal(0, buffer.Address % 64);
        Assert.Equal(bytes, buffer.Span<byte>().Length);
        Assert.True(buffer.Span<byte>().IndexOfAnyExcept((byte)0) < 0);
        buffer.Span<byte>().Fill(3);
        Assert.Equal(bytes / 4, buffer.Span<float>().Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.Span<byte>(1, bytes));
        buffer.Dispose();
        buffer.Dispose();
        Assert.Throws<ObjectDisposedException>(() => buffer.Span<byte>());
        Assert.Throws<ObjectDisposedException>(() => buffer.Address);
    }

    [Fact]
    public void ABufferThatCannotBeSaysSo()
    {
        FoveaException error = Assert.Throws<FoveaException>(() => new NativeBuffer(1L << 60));
        Assert.Contains("GiB", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AMappedFileIsTheFile()
    {
        string path = Path.Combine(folder, "file");
        byte[] contents = [.. Enumerable.Range(0, 10_000).Select(i => (byte)i)];
        File.WriteAllBytes(path, contents);
        MappedFile file = new(path);
        Assert.Equal(10_000, file.Length);
        Assert.Equal(contents[5000..5010], file.Span(5000, 10).ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Span(9_995, 6).ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Span(-1, 6).ToArray());
        file.Dispose();
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => file.Span(0, 1).ToArray());
        File.WriteAllBytes(path, []);
        using MappedFile empty = new(path);
        Assert.True(empty.Span(0, 0).IsEmpty);
        Assert.Throws<FoveaException>(() => new MappedFile(Path.Combine(folder, "missing")));
    }

    [Fact]
    public void AnAtomicFileIsWholeOrAsBefore()
    {
        string path = Path.Combine(folder, "state");
        AtomicFile.Write(path, new byte[] { 1, 2, 3 });
        AtomicFile.Write(path, new byte[] { 4 });
        Assert.Equal([4], File.ReadAllBytes(path));

        Assert.Throws<InvalidDataException>(() => AtomicFile.Write(path, stream =>
        {
            stream.WriteByte(9);
            throw new InvalidDataException("the writer broke");
        }));
        FoveaException full = Assert.Throws<FoveaException>(() => AtomicFile.Write(path, _ => throw new IOException("No space left on device")));
        Assert.Contains("No space left", full.Message, StringComparison.Ordinal);
        Assert.Equal([4], File.ReadAllBytes(path));
        Assert.Equal([path], Directory.GetFiles(folder));
        Assert.Throws<FoveaException>(() => AtomicFile.Write(Path.Combine(folder, "none", "state"), new byte[1]));
    }

    [SkippableFact]
    public void AFullDiskLeavesTheFileAsItWas()
    {
        Skip.IfNot(File.Exists("/dev/full"), "This system has no /dev/full to stand for a full disk.");
        string path = Path.Combine(folder, "state");
        AtomicFile.Write(path, new byte[] { 1 });
        File.CreateSymbolicLink(path + AtomicFile.TemporaryEnding, "/dev/full");
        Assert.Throws<FoveaException>(() => AtomicFile.Write(path, new byte[1 << 20]));
        Assert.Equal([1], File.ReadAllBytes(path));
        Assert.Equal([path], Directory.GetFiles(folder));
    }

    [Fact]
    public void TheCLibraryIsReached()
    {
        LibC.FlushFolder(folder);
        Assert.Throws<FoveaException>(() => LibC.FlushFolder(Path.Combine(folder, "missing")));
        string file = Path.Combine(folder, "file");
        File.WriteAllText(file, "x");
        LibC.FlushFile(file);
        LibC.SetEnvironment("FOVEA_KERNELS_TEST", "seen");
        if (!OperatingSystem.IsLinux())
            return;
        Assert.Throws<FoveaException>(() => LibC.SetEnvironment("A=B", "c"));

        // A child started by the C library's own shell sees what was set there; .NET's copy of the environment does not have it.
        Assert.Null(Environment.GetEnvironmentVariable("FOVEA_KERNELS_TEST"));
        bool nice = false;
        string? stat = null;
        Thread thread = new(() =>
        {
            nice = LibC.SetThreadNice(19);
            stat = File.ReadAllText("/proc/thread-self/stat");
        });
        thread.Start();
        thread.Join();
        Assert.True(nice);
        Assert.NotNull(stat);
        Assert.Equal("19", stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[16]);
        string own = File.ReadAllText("/proc/thread-self/stat");
        Assert.NotEqual("19", own[(own.LastIndexOf(')') + 2)..].Split(' ')[16]);
    }
}
