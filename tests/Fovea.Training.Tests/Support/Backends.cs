using Fovea.Engine;
using Fovea.Kernels;

namespace Fovea.Training.Tests;

/// <summary>Says where a backend is missing, so that a test can be left out with the reason.</summary>
public static class Backends
{
    private static readonly Lazy<string?> OneDnnMissing = new(() => EngineThread.Run<string?>(() =>
    {
        try
        {
            using Runtime runtime = new(new RuntimeOptions { Backend = BackendChoice.OneDnn, Threads = 1 });
            return null;
        }
        catch (FoveaException e)
        {
            return e.Message;
        }
    }));

    public static void Require(BackendChoice backend) =>
        Skip.If(backend == BackendChoice.OneDnn && OneDnnMissing.Value is not null, OneDnnMissing.Value);
}
