using Fovea.Kernels.Memory;

namespace Fovea.Kernels.Tests;

/// <summary>What the system really says, in the words of <see cref="IoReason"/>.</summary>
public sealed class IoReasonTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("fovea-io-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string Reason(string path, Action use)
    {
        Exception error = Assert.ThrowsAny<Exception>(use);
        return $"{IoReason.Of(error, path)}. {IoReason.Cure(error)}";
    }

    [Fact]
    public void WhatIsMissingIsNamed()
    {
        string file = Path.Combine(_folder, "none", "x");
        Assert.Equal($"there is no folder '{Path.Combine(_folder, "none")}'. Make the folder first, or choose another.", Reason(file, () => File.WriteAllText(file, "")));
        Assert.StartsWith("there is no such file or folder.", Reason(Path.Combine(_folder, "x"), () => File.ReadAllText(Path.Combine(_folder, "x"))));
    }

    [Fact]
    public void AFileInTheWayOfAFolderAndTheOtherWayRoundAreTold()
    {
        string file = Path.Combine(_folder, "file");
        File.WriteAllText(file, "");
        Assert.StartsWith("it is a file and no folder.", Reason(file, () => Directory.CreateDirectory(file)));
        Assert.StartsWith("it is a folder.", Reason(_folder, () => File.WriteAllText(_folder, "")));
    }

    [SkippableFact]
    public void AFullDiskIsToldAndNoTemporaryFileIsNamed()
    {
        Skip.IfNot(File.Exists("/dev/full"), "This system has no /dev/full to stand for a full disk.");
        string path = Path.Combine(_folder, "state");
        File.CreateSymbolicLink(path + AtomicFile.TemporaryEnding, "/dev/full");
        FoveaException error = Assert.Throws<FoveaException>(() => AtomicFile.Write(path, new byte[1 << 20]));
        Assert.Equal($"Writing '{path}' failed: no space is left on the device. Free some space, or choose a folder on another disk.", error.Message);
    }
}
