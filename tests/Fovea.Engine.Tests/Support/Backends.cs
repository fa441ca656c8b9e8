namespace Fovea.Engine.Tests;

/// <summary>What this machine has.</summary>
internal static class Backends
{
    public static bool HasOneDnn { get; } = Find();

    public static bool HasBFloat16 { get; } = FindBFloat16();

    private static bool FindBFloat16()
    {
        using Runtime runtime = new(new RuntimeOptions { Threads = 1, Precision = PrecisionChoice.Auto });
        return runtime.Precision == Planning.Precision.BFloat16;
    }

    private static bool Find()
    {
        using Runtime runtime = new(new RuntimeOptions { Threads = 1 });
        return runtime.Backend == "onednn";
    }
}
