using Fovea.Engine.Planning;

namespace Fovea.Engine.Backends;

/// <summary>
/// An op with its kernels. Each backend's facet is compulsory and lies in a file of its own in the op's folder (<c>Conv2d.Managed.cs</c>, <c>Conv2d.OneDnn.cs</c>),
/// so that a missing one is a compile error and adding an op touches one folder.
/// </summary>
public abstract class Op : OpDefinition
{
    /// <summary>
    /// Emits the managed forward step (float32, plain layouts) and records the backward ones. This is the reference: every op has it.
    /// </summary>
    public abstract void LowerManaged(Lowering lowering);

    /// <summary>Emits oneDNN's forward step and records the backward ones.</summary>
    /// <returns>Null when done; otherwise why the managed kernel has to do it, before anything was emitted.</returns>
    public abstract string? LowerOneDnn(Lowering lowering, OneDnnBackend oneDnn);
}
