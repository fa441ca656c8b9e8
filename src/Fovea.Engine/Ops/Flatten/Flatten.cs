using Fovea.Engine.Backends;
using Fovea.Engine.Planning;
using Buffer = Fovea.Engine.Planning.Buffer;

namespace Fovea.Engine.Ops;

/// <summary>
/// An image as a vector of features (PyTorch's Flatten(1), ONNX Flatten). In memory the features lie in HWC order, and the following Linear keeps its columns in
/// that order too, while files have CHW (docs/decisions/0003): a 2-D inner product then needs neither a 4-D kernel nor a weight reorder.
/// </summary>
public sealed class Flatten : Op
{
    /// <inheritdoc/>
    public override string Name => "Flatten";

    /// <inheritdoc/>
    public override TensorShape Infer(IReadOnlyList<TensorShape> inputs) => inputs[0] with { IsFlat = true };

    /// <inheritdoc/>
    public override void LowerManaged(Lowering lowering)
    {
        TensorShape shape = lowering.InputShape(0);
        // One pixel or one channel: both orders are the same bytes, and a plain tensor is only looked at differently.
        bool sameBytes = shape.C == 1 || (shape.H == 1 && shape.W == 1);
        Layout src = lowering.Input(0).Layout;
        Layout image = shape.IsFlat || (sameBytes && src is PlainLayout) ? src : PlainLayout.Nhwc(lowering.Batch, shape, src.Precision);
        Layout flat = PlainLayout.Nchw(lowering.Batch, lowering.OutputShape, src.Precision);
        Buffer buffer = lowering.Input(0, image);
        lowering.Output(buffer, flat);
        lowering.OnBackward(backward => backward.DiffSrc(0, backward.DiffDstIn(flat), image));
    }

    /// <inheritdoc/>
    public override string? LowerOneDnn(Lowering lowering, OneDnnBackend oneDnn)
    {
        LowerManaged(lowering);
        return null;
    }
}

/// <summary>Fluent form of <see cref="Flatten"/>.</summary>
public static class FlattenNode
{
    /// <inheritdoc cref="Ops.Flatten"/>
    public static Node Flatten(this Node src) => src.Apply(new Flatten());
}
