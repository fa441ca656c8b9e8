namespace Fovea.Imaging.Tests;

/// <summary>The folder of real pictures, which only some machines have.</summary>
internal static class SharedData
{
    internal static string Require(string name)
    {
        string? folder = Environment.GetEnvironmentVariable("FOVEA_SHARED_DATA") is { Length: > 0 } told ? told : BesideRepository();
        string? path = folder is null ? null : Path.Combine(folder, name);
        Skip.IfNot(Directory.Exists(path), $"There is no folder {name} under FOVEA_SHARED_DATA or ../shared/data.");
        return path!;
    }

    private static string? BesideRepository()
    {
        DirectoryInfo? at = new(AppContext.BaseDirectory);
        while (at is not null && !File.Exists(Path.Combine(at.FullName, "Fovea.slnx")))
            at = at.Parent;
        return at is null ? null : Path.Combine(at.FullName, "..", "shared", "data");
    }
}
