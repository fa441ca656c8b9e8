using Fovea.Engine.Planning;
using Fovea.Kernels;

namespace Fovea.Engine.Backends;

/// <summary>C# and SIMD: takes every op, float32, plain layouts.</summary>
public sealed class ManagedBackend : Backend
{
    /// <inheritdoc/>
    public override string Name => "managed";

    /// <inheritdoc/>
    public override string? Lower(OpDefinition op, Lowering lowering)
    {
        if (op is not Op kernels)
            return $"{op.Name} describes an op but has no kernels (derive it from Fovea.Engine.Backends.Op)";
        kernels.LowerManaged(lowering);
        return null;
    }

    /// <inheritdoc/>
    public override Step? Reorder(LoweringContext context, string what, Value from, Value to)
    {
        if (JointLayout.Reorder(context, what, from, to) is { } joint)
            return joint;
        if (to.Layout is BlockImageLayout blocks)
            return blocks.Reorder(context, what, from, to.Buffer);
        if (from.Layout.Precision != Precision.Float32 || to.Layout.Precision != Precision.Float32)
            return null;
        if (from.Layout is not PlainLayout source || to.Layout is not PlainLayout target || source.Bytes != target.Bytes || source.ChannelsLast == target.ChannelsLast)
            return null;
        (int batch, TensorShape shape, WorkerTeam team) = (source.Batch, source.Shape, context.Team);
        Action run = source.ChannelsLast
            ? () => Permute.NhwcToNchw(team, batch, shape.C, shape.H, shape.W, from.Buffer.Floats, to.Buffer.Floats)
            : () => Permute.NchwToNhwc(team, batch, shape.C, shape.H, shape.W, from.Buffer.Floats, to.Buffer.Floats);
        return new ManagedStep(context.Layer.Node.Name, $"reorder {what} {source.Tag} -> {target.Tag}", "managed", [from.Buffer], [to.Buffer], run);
    }
}
