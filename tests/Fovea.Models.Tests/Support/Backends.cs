using Fovea.Engine;
using Fovea.Engine.Planning;

namespace Fovea.Models.Tests;

/// <summary>Runtimes of what a test is about, where the machine has it.</summary>
internal static class Backends
{
    /// <summary>Skips the test where oneDNN is asked for and not there.</summary>
    public static void Require(BackendChoice backend)
    {
        if (backend == BackendChoice.OneDnn)
            Open(new RuntimeOptions { Backend = backend, Threads = 1 }).Dispose();
    }

    /// <summary>A runtime, or the test is skipped.</summary>
    public static Runtime Open(RuntimeOptions wanted)
    {
        using (Runtime found = new(new RuntimeOptions { Threads = 1, Precision = wanted.Precision }))
        {
            Skip.If(wanted.Backend == BackendChoice.OneDnn && found.Backend != "onednn", "libdnnl is not installed");
            Skip.If(wanted.Precision == PrecisionChoice.Auto && found.Precision != Precision.BFloat16, "libdnnl is not installed, or the processor has no bfloat16");
        }
        return new Runtime(wanted);
    }
}
