namespace Fovea.Engine.Tests;

/// <summary>What this machine has.</summary>
internal static class Backends
{
    public static bool HasOneDnn { get; } = Find();

    private static bool Find()
    {
        using Runtime runtime = new(new RuntimeOptions { Threads = 1 });
        return runtime.Backend == "onednn";
    }
}
