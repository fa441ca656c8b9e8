using Fovea.Engine.Backends;
using Fovea.Engine.Planning;

namespace Fovea.Engine.Ops;

/// <summary>Where pixels enter a network: a batch of u8 images, NHWC, 0 to 255, in the plan's interface buffer "pixels". Only <see cref="Normalize"/> reads it.</summary>
public sealed class ImageInput : Op
{
    /// <inheritdoc/>
    public override string Name => "Input";

    /// <summary>A description's first node: one image, whose size the graph is given when it is made.</summary>
    public static Node Node() => Engine.Node.Source(new ImageInput(), "input");

    /// <inheritdoc/>
    public override TensorShape Infer(IReadOnlyList<TensorShape> inputs) => inputs[0];

    /// <inheritdoc/>
    public override void LowerManaged(Lowering lowering)
    {
        PixelLayout layout = new(lowering.Batch, lowering.OutputShape);
        lowering.Output(lowering.Interface("pixels", layout.Bytes), layout);
    }

    /// <inheritdoc/>
    public override string? LowerOneDnn(Lowering lowering, OneDnnBackend oneDnn)
    {
        LowerManaged(lowering);
        return null;
    }
}

/// <summary>u8 pixels, NHWC.</summary>
/// <param name="batch">Images.</param>
/// <param name="shape">One image.</param>
public sealed class PixelLayout(int batch, TensorShape shape) : Layout
{
    private readonly (int Batch, TensorShape Shape) _what = (batch, shape);

    /// <inheritdoc/>
    public override long Bytes => _what.Batch * _what.Shape.Elements;

    /// <inheritdoc/>
    public override string Tag => "u8 nhwc";

    /// <summary>Bytes, which whoever reads them turns into float32.</summary>
    public override Precision Precision => Precision.Float32;

    /// <inheritdoc/>
    public override bool Equals(Layout? other) => other is PixelLayout layout && layout._what == _what;

    /// <inheritdoc/>
    public override int GetHashCode() => _what.GetHashCode();
}
