using Fovea.OneDnn.Native;

namespace Fovea.OneDnn.Tests;

public class LibraryTests
{
    [Fact]
    public void SwitchedOffSaysSo()
    {
        Assert.False(OneDnnLibrary.TryLoad(1, "off", out IOneDnn? api, out string report));
        Assert.Null(api);
        Assert.Contains("switched off", report, StringComparison.Ordinal);
    }

    [Fact]
    public void AMissingFileIsNamedWithTheCure()
    {
        Assert.False(OneDnnLibrary.TryLoad(1, "/nowhere/libdnnl.so.2", out IOneDnn? api, out string report));
        Assert.Null(api);
        Assert.Contains("/nowhere/libdnnl.so.2", report, StringComparison.Ordinal);
        Assert.Contains("No such file", report, StringComparison.Ordinal);
        Assert.Contains("apt-get install libdnnl2", report, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', report);
    }

    [Fact]
    public void AFileThatIsNoLibraryIsReported()
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, "not a library at all");
            Assert.False(OneDnnLibrary.TryLoad(1, path, out _, out string report));
            Assert.Contains(path, report, StringComparison.Ordinal);
            Assert.Contains("apt-get install libdnnl2", report, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [SkippableFact]
    public void AnotherLibraryIsReported()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "libm.so.6 is glibc's name");
        Assert.False(OneDnnLibrary.TryLoad(1, "libm.so.6", out _, out string report));
        Assert.Contains("is not oneDNN", report, StringComparison.Ordinal);
    }

    [Fact]
    public void TheEnvironmentVariableIsObeyed()
    {
        string? before = Environment.GetEnvironmentVariable(OneDnnLibrary.EnvironmentVariable);
        try
        {
            Environment.SetEnvironmentVariable(OneDnnLibrary.EnvironmentVariable, "OFF");
            Assert.False(OneDnnLibrary.TryLoad(1, out _, out string report));
            Assert.Contains("FOVEA_ONEDNN=off", report, StringComparison.Ordinal);
            Environment.SetEnvironmentVariable(OneDnnLibrary.EnvironmentVariable, "/nowhere/lib.so");
            Assert.False(OneDnnLibrary.TryLoad(1, out _, out report));
            Assert.Contains("/nowhere/lib.so", report, StringComparison.Ordinal);
        }
        finally
        {
            Environment.SetEnvironmentVariable(OneDnnLibrary.EnvironmentVariable, before);
        }
    }

    [Theory]
    [InlineData("libdnnl.so.2: cannot open shared object file: No such file", false, "libdnnl.so.2: cannot")]
    [InlineData("/app/libdnnl.so.2.so: cannot open\nlibdnnl.so.2: cannot open", false, "/app/libdnnl.so.2.so: cannot")]
    [InlineData("libgomp.so.1: cannot open shared object file: No such file", true, "libgomp.so.1: cannot")]
    [InlineData("libdnnl.so.2.so: cannot open\nlibgomp.so.1: cannot open", true, "libgomp.so.1: cannot")]
    public void AMissingDependencyIsToldFromAMissingLibrary(string lines, bool dependency, string starts)
    {
        string message = $"Unable to load shared library 'libdnnl.so.2' or one of its dependencies. Consider setting the variable: \n{lines}\n";
        (string line, bool isDependency) = LoaderReason.Of("libdnnl.so.2", message);
        Assert.Equal(dependency, isDependency);
        Assert.StartsWith(starts, line, StringComparison.Ordinal);
    }

    [Fact]
    public void NoThreadsAreRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => OneDnnLibrary.TryLoad(0, "off", out _, out _));

    [SkippableFact]
    public void WhatIsFoundIsNamed()
    {
        using Rig rig = new();
        Assert.True(OneDnnLibrary.TryLoad(2, out IOneDnn? again, out string report));
        Assert.Same(rig.Api, again);
        Assert.Equal(2, rig.Api.Version.Major);
        Assert.Contains($"oneDNN {rig.Api.Version}", report, StringComparison.Ordinal);
        Assert.Contains("OpenMP (2 threads)", report, StringComparison.Ordinal);
        Assert.Contains(rig.Api.EffectiveIsa, report, StringComparison.Ordinal);
        Assert.Contains("libdnnl", rig.Api.LibraryPath, StringComparison.Ordinal);
        Assert.Contains(rig.Api.LibraryPath, report, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void AFileNamedByItsPathLoads()
    {
        using Rig rig = new();
        Skip.IfNot(File.Exists(rig.Api.LibraryPath), "the library's file could not be found out");
        Assert.True(OneDnnLibrary.TryLoad(1, rig.Api.LibraryPath, out IOneDnn? api, out string report), report);
        Assert.Equal(rig.Api.Version, api.Version);
    }

    [SkippableFact]
    public void ThreadCountsHoldForOneOperatingSystemThread()
    {
        using Rig rig = new(threads: 2);
        int other = 0;
        Thread thread = new(() =>
        {
            rig.Api.SetThreads(3);
            other = rig.Api.Threads;
        });
        thread.Start();
        thread.Join();
        Assert.Equal(3, other);
        Assert.Equal(2, rig.Api.Threads);
        Assert.Throws<ArgumentOutOfRangeException>(() => rig.Api.SetThreads(0));
    }
}
