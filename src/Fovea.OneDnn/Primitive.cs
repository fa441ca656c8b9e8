using Fovea.OneDnn.Native;

namespace Fovea.OneDnn;

/// <summary>An executable primitive (dnnl_primitive_t). One may be bound to memory several times; what is bound to it keeps it alive.</summary>
public sealed class Primitive : IDisposable
{
    internal Primitive(NativeHandle handle, PrimitiveDesc desc)
    {
        Handle = handle;
        What = desc.What;
        Implementation = desc.Implementation;
    }

    /// <summary>The implementation's name, such as <c>jit:avx512_core</c>.</summary>
    public string Implementation { get; }

    /// <summary>What it does, for messages: the operation and its descriptors.</summary>
    public string What { get; }

    internal NativeHandle Handle { get; }

    /// <inheritdoc/>
    public void Dispose() => Handle.Dispose();

    /// <inheritdoc/>
    public override string ToString() => $"{What} [{Implementation}]";
}
