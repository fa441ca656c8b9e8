using Fovea.Cli.Planning;
using Fovea.Cli.Tests.Support;

namespace Fovea.Cli.Tests;

/// <summary>Sizes as people write them, and what is available as the kernel's files say it.</summary>
public sealed class MemoryLimitTests
{
    [Theory]
    [InlineData("4G", 4L << 30)]
    [InlineData("512M", 512L << 20)]
    [InlineData("1.5GiB", 3L << 29)]
    [InlineData("2gb", 2L << 30)]
    [InlineData("64k", 64L << 10)]
    [InlineData("1T", 1L << 40)]
    [InlineData("1000000", 1000000)]
    public void SizesAreRead(string text, long bytes)
    {
        Assert.True(MemorySize.TryParse(text, out long read));
        Assert.Equal(bytes, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("G")]
    [InlineData("-4G")]
    [InlineData("0")]
    [InlineData("4X")]
    [InlineData("4 G")]
    [InlineData("nan")]
    [InlineData("1e9")]
    [InlineData("99999999999999T")]
    public void WhatIsNoSizeIsRefused(string text) => Assert.False(MemorySize.TryParse(text, out _));

    [Fact]
    public void WithoutGroupsTheMachineDecides()
    {
        using TempFolder root = new();
        Put(root, "proc/meminfo", "MemTotal:  2000 kB\nMemAvailable:    1000 kB\n");
        Assert.Equal(1000 * 1024, new MemoryLimits(root.Path).Available()!.Value.Bytes);
    }

    [Fact]
    public void WithoutFilesNothingIsKnown()
    {
        using TempFolder root = new();
        Assert.Null(new MemoryLimits(root.Path).Available());
    }

    [Fact]
    public void TheTightestGroupAboveDecides()
    {
        using TempFolder root = new();
        Put(root, "proc/meminfo", "MemAvailable: 1000000 kB\n");
        Put(root, "proc/self/cgroup", "0::/outer/inner\n");
        Put(root, "sys/fs/cgroup/outer/inner/memory.max", "max\n");
        Put(root, "sys/fs/cgroup/outer/inner/memory.current", "5000\n");
        Put(root, "sys/fs/cgroup/outer/memory.max", "100000\n");
        Put(root, "sys/fs/cgroup/outer/memory.current", "30000\n");
        Put(root, "sys/fs/cgroup/outer/memory.stat", "anon 20000\ninactive_file 10000\n");
        (long bytes, string why) = new MemoryLimits(root.Path).Available()!.Value;
        // Of the 30000 in use 10000 are pages that the kernel gives back.
        Assert.Equal(80000, bytes);
        Assert.Contains("control group", why, StringComparison.Ordinal);
    }

    [Fact]
    public void TheOldHierarchyCountsToo()
    {
        using TempFolder root = new();
        Put(root, "proc/meminfo", "MemAvailable: 1000000 kB\n");
        Put(root, "proc/self/cgroup", "5:cpu,cpuacct:/x\n4:memory:/docker/1\n");
        Put(root, "sys/fs/cgroup/memory/docker/1/memory.limit_in_bytes", "70000\n");
        Put(root, "sys/fs/cgroup/memory/docker/1/memory.usage_in_bytes", "10000\n");
        Put(root, "sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
        Put(root, "sys/fs/cgroup/memory/memory.usage_in_bytes", "10000\n");
        Assert.Equal(60000, new MemoryLimits(root.Path).Available()!.Value.Bytes);
    }

    private static void Put(TempFolder root, string path, string text)
    {
        string full = Path.Combine(root.Path, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }
}
