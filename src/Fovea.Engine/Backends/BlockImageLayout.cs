using Fovea.Engine.Planning;
using Fovea.Kernels;

namespace Fovea.Engine.Backends;

/// <summary>
/// A picture whose squares of 4 x 4 pixels lie together, as 16 channels for each channel: [N][C][H'][W'][16] (see <see cref="SpaceToDepth"/>). To oneDNN it is an
/// ordinary picture of C * 16 channels in blocks of 16.
/// </summary>
/// <param name="batch">Images.</param>
/// <param name="shape">One image as it is.</param>
/// <param name="size">Squares and padding.</param>
/// <param name="precision">Of the elements.</param>
public sealed class BlockImageLayout(int batch, TensorShape shape, SpaceToDepth size, Precision precision) : Layout
{
    /// <inheritdoc/>
    public override Layout Common { get; } = PlainLayout.Nchw(batch, shape, precision);

    /// <inheritdoc/>
    public override long Bytes => size.Elements * precision.Bytes();

    /// <inheritdoc/>
    public override Precision Precision => precision;

    /// <inheritdoc/>
    public override string Tag => precision == Precision.Float32 ? "squares" : $"squares {precision.Name()}";

    private SpaceToDepth Size => size;

    /// <summary>A step that copies a picture from its common layout into this one; null for any other.</summary>
    public Step? Reorder(LoweringContext context, string what, Value from, Planning.Buffer to)
    {
        if (!from.Layout.Equals(Common))
            return null;
        WorkerTeam team = context.Team;
        Action run = precision == Precision.Float32
            ? () => size.Squares(team, from.Buffer.Floats, to.Floats)
            : () => size.Squares(team, from.Buffer.Span<ushort>(), to.Span<ushort>());
        return new ManagedStep(context.Layer.Node.Name, $"reorder {what} {from.Layout.Tag} -> {Tag}", "managed", [from.Buffer], [to], run);
    }

    /// <inheritdoc/>
    public override bool Equals(Layout? other) => other is BlockImageLayout same && same.Size == size && same.Precision == precision && same.Common.Equals(Common);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(size, precision, Common);
}
