using Fovea.Engine.Planning;

namespace Fovea.Engine;

/// <summary>What a runtime is made with.</summary>
public sealed record RuntimeOptions
{
    /// <summary>Which kernels; <see cref="BackendChoice.Auto"/> by default.</summary>
    public BackendChoice Backend { get; init; } = BackendChoice.Auto;

    /// <summary>The type of activations and their gradients; float32 by default.</summary>
    public PrecisionChoice Precision { get; init; }

    /// <summary>Threads for kernels, at least 1; all processors by default.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Told every slow kernel that a plan ended on, once each, on the thread that compiles; see <see cref="Runtime.SlowKernels"/>.</summary>
    public Action<SlowKernel>? Slow { get; init; }

    /// <summary>
    /// Gives the choices of kernels that plans follow, once it is known what they run on; where it is null (default), or gives null, the ops' rules choose. Reading a
    /// table that a user has measured is the caller's decision: a library does not look into caches by itself.
    /// </summary>
    public Func<KernelHost, IKernelChoices?>? Kernels { get; init; }
}
