using System.Runtime.Intrinsics;
using Fovea.Engine.Planning;
using Fovea.Kernels;
using Fovea.OneDnn;
using Buffer = Fovea.Engine.Planning.Buffer;

namespace Fovea.Engine.Backends;

/// <summary>
/// Copies of convolutions' weights in oneDNN's blocks of 16 by 16 channels, made by Fovea: where weights are small, oneDNN's own reorders into these layouts take two to
/// four times as long.
/// </summary>
internal static class BlockedWeights
{
    /// <summary>The step; null where the layouts are others.</summary>
    public static Step? TryReorder(LoweringContext context, string what, Value from, Value to)
    {
        if (!Vector512.IsHardwareAccelerated || from.Layout is not OneDnnLayout { Desc: { } source } || to.Layout is not OneDnnLayout { Desc: { } target } || source.Dims.Length != 4)
            return null;
        (int oc, int ic, long window) = ((int)source.Dims[0], (int)source.Dims[1], source.Dims[2] * source.Dims[3]);
        if (oc % WeightBlocks.Side != 0 || ic % WeightBlocks.Side != 0 || window > WeightBlocks.LargestWindow || source.DataType != DataType.F32)
            return null;
        Action? run = source.IsPlain(FormatTag.Oihw) ? Pack(context.Team, oc, ic, (int)window, from.Buffer, to.Buffer, target) : null;
        return run is null ? null : new ManagedStep(
            context.Layer.Node.Name, $"reorder {what} {from.Layout.Tag} -> {to.Layout.Tag}", "managed", [from.Buffer], [to.Buffer], run);
    }

    private static Action? Pack(WorkerTeam team, int oc, int ic, int window, Buffer masters, Buffer blocks, MemoryDesc target)
    {
        if (target.ByteSize != (long)oc * ic * window * (target.DataType == DataType.Bf16 ? sizeof(ushort) : sizeof(float)))
            return null;
        (bool Outermost, bool Innermost)? input = (target.DataType, target.Tag) switch
        {
            (DataType.Bf16, "ABcd8b16a2b") or (DataType.F32, "ABcd16b16a") => (false, false),
            (DataType.Bf16, "ABcd8a16b2a") or (DataType.F32, "ABcd16a16b") => (false, true),
            (DataType.Bf16, "BAcd8a16b2a") or (DataType.F32, "BAcd16a16b") => (true, true),
            _ => null,
        };
        if (input is not { } order)
            return null;
        return target.DataType == DataType.Bf16
            ? () => WeightBlocks.Pack(team, oc, ic, window, order.Outermost, order.Innermost, masters.Floats, blocks.Span<ushort>())
            : () => WeightBlocks.Pack(team, oc, ic, window, order.Outermost, order.Innermost, masters.Floats, blocks.Floats);
    }
}
