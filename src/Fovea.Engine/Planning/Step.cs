namespace Fovea.Engine.Planning;

/// <summary>When a step runs, for reports.</summary>
public enum StepPhase
{
    /// <summary>From pixels to logits and loss.</summary>
    Forward,

    /// <summary>From the loss back to the parameters' gradients.</summary>
    Backward,

    /// <summary>A parameter's update.</summary>
    Update,

    /// <summary>Refreshing a kernel's copy of a parameter, only when the parameter has changed.</summary>
    Refresh,
}

/// <summary>One kernel over memory that is known: what a plan runs. Running it allocates nothing.</summary>
public abstract class Step : IDisposable
{
    /// <summary>A step of the layer <paramref name="layer"/>.</summary>
    /// <param name="layer">Name of the layer that it belongs to.</param>
    /// <param name="work">What it does: "forward", "backward data", "reorder src nchw -> aBcd16b".</param>
    /// <param name="kernel">Which kernel does it: "oneDNN jit:avx512_core", "managed".</param>
    /// <param name="reads">Buffers that it reads.</param>
    /// <param name="writes">Buffers that it writes.</param>
    protected Step(string layer, string work, string kernel, IReadOnlyList<Buffer> reads, IReadOnlyList<Buffer> writes)
    {
        Layer = layer;
        Work = work;
        Kernel = kernel;
        Reads = reads;
        Writes = writes;
    }

    /// <summary>The layer's name.</summary>
    public string Layer { get; }

    /// <summary>The layer's place in the graph; the loss comes behind the last one, and -1 is none.</summary>
    public int LayerIndex { get; internal set; } = -1;

    /// <summary>What is done.</summary>
    public string Work { get; }

    /// <summary>Which kernel does it.</summary>
    public string Kernel { get; }

    /// <summary>Why the preferred backend left the step to another one; null where it did not.</summary>
    public string? Declined { get; internal set; }

    /// <summary>When it runs.</summary>
    public StepPhase Phase { get; internal set; }

    /// <summary>Buffers that it reads.</summary>
    public IReadOnlyList<Buffer> Reads { get; }

    /// <summary>Buffers that it writes.</summary>
    public IReadOnlyList<Buffer> Writes { get; }

    /// <summary>A buffer that may lie where another one lies, if that one is not needed after this step: the kernel works in place.</summary>
    public (Buffer From, Buffer To)? InPlace { get; init; }

    /// <summary>How much of its layer's pass, and of the parameters that it touches, a step takes where several do it piece by piece; 1 otherwise.</summary>
    public double Share { get; init; } = 1;

    /// <summary>Called once, when every buffer has its place.</summary>
    public virtual void Bind()
    {
    }

    /// <summary>Does the work.</summary>
    public abstract void Run();

    /// <summary>Frees what the kernel holds.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what the kernel holds; nothing by default.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }
}

/// <summary>A step that calls functions of Fovea.Kernels over the buffers' spans.</summary>
/// <param name="layer">Name of the layer.</param>
/// <param name="work">What it does.</param>
/// <param name="kernel">Which kernel does it.</param>
/// <param name="reads">Buffers that it reads.</param>
/// <param name="writes">Buffers that it writes.</param>
/// <param name="run">The work; made once, so that running it allocates nothing.</param>
public sealed class ManagedStep(string layer, string work, string kernel, IReadOnlyList<Buffer> reads, IReadOnlyList<Buffer> writes, Action run)
    : Step(layer, work, kernel, reads, writes)
{
    /// <inheritdoc/>
    public override void Run() => run();
}
