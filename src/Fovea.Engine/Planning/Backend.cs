namespace Fovea.Engine.Planning;

/// <summary>A source of kernels. A plan asks its backends in order of preference, layer by layer.</summary>
public abstract class Backend
{
    /// <summary>Its name on the command line and in reports: "managed", "onednn".</summary>
    public abstract string Name { get; }

    /// <summary>The instruction set that its kernels may use, where it says so: "avx512_core_bf16".</summary>
    public virtual string? InstructionSet => null;

    /// <summary>Source and version of its kernels, with the instructions that they use; measured choices hold for nothing else.</summary>
    public virtual string Identity => Name;

    /// <summary>Emits the layer's forward steps and records its backward ones.</summary>
    /// <returns>Null when done; otherwise why the backend declines the layer (nothing may have been emitted then).</returns>
    public abstract string? Lower(OpDefinition op, Lowering lowering);

    /// <summary>A step that copies a tensor from one layout to another.</summary>
    /// <returns>Null where the backend does not know one of the layouts.</returns>
    public abstract Step? Reorder(LoweringContext context, string what, Value from, Value to);
}
