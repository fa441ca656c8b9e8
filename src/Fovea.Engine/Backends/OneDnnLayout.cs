using Fovea.Engine.Planning;
using Fovea.OneDnn;

namespace Fovea.Engine.Backends;

/// <summary>A layout that oneDNN chose: blocked, padded, or simply not one of the plain ones.</summary>
/// <param name="desc">oneDNN's description of it.</param>
public sealed class OneDnnLayout(MemoryDesc desc) : Layout
{
    /// <summary>oneDNN's description of the layout.</summary>
    public MemoryDesc Desc => desc;

    /// <inheritdoc/>
    public override long Bytes => desc.ByteSize;

    /// <inheritdoc/>
    public override Precision Precision => desc.DataType == DataType.Bf16 ? Precision.BFloat16 : Precision.Float32;

    /// <inheritdoc/>
    public override string Tag => Precision == Precision.Float32 ? desc.Tag : $"{desc.Tag} {Precision.Name()}";

    /// <inheritdoc/>
    public override bool Equals(Layout? other) => other is OneDnnLayout layout && desc.Equals(layout.Desc);

    /// <inheritdoc/>
    public override int GetHashCode() => desc.GetHashCode();
}
