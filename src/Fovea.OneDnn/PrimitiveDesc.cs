using Fovea.OneDnn.Native;

namespace Fovea.OneDnn;

/// <summary>
/// What oneDNN decided for one operation: its implementation and the layouts that it wants (dnnl_primitive_desc_t). Dispose of it when its primitive
/// is made.
/// </summary>
public sealed class PrimitiveDesc : IDisposable
{
    private readonly Runtime _runtime;

    internal PrimitiveDesc(Runtime runtime, nint handle, string what)
    {
        _runtime = runtime;
        Handle = runtime.OwnPrimitiveDesc(handle);
        What = what;
        Implementation = runtime.QueryImplementation(Handle);
    }

    /// <summary>The implementation's name as oneDNN prints it, such as <c>jit:avx512_core</c>.</summary>
    public string Implementation { get; }

    /// <summary>Whether it is one of the slow reference kernels (<c>ref...</c>).</summary>
    public bool IsReference => Implementation.StartsWith("ref", StringComparison.Ordinal) || Implementation.Contains("_ref", StringComparison.Ordinal)
        || Implementation.Contains(":ref", StringComparison.Ordinal);

    /// <summary>What was asked for, for messages: the operation and its descriptors.</summary>
    public string What { get; }

    internal NativeHandle Handle { get; }

    /// <summary>The descriptor of an argument; null where the primitive has no such argument.</summary>
    public MemoryDesc? Query(Arg arg) => _runtime.QueryMemoryDesc(Handle, arg);

    /// <inheritdoc/>
    public void Dispose() => Handle.Dispose();

    /// <inheritdoc/>
    public override string ToString() => $"{What} [{Implementation}]";
}
