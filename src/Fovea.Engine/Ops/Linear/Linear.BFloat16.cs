using Fovea.Engine.Backends;
using Fovea.Engine.Planning;
using Fovea.Kernels;
using Fovea.OneDnn;
using Buffer = Fovea.Engine.Planning.Buffer;

namespace Fovea.Engine.Ops;

/// <remarks>
/// In bfloat16 every product reads the weights' rounded copy, which lies in the master's order beside the master and is written by the update: no reorder, and half the
/// bytes. The result is float32: a row is short, and logits rounded to 8 bits would blur the loss.
/// </remarks>
public sealed partial class Linear
{
    private string? LowerBFloat16(Lowering lowering, OneDnnBackend oneDnn)
    {
        (IOneDnn api, int batch, int features) = (oneDnn.Api, lowering.Batch, lowering.InputShape(0).Features);
        if (batch == 1 && !lowering.Training)
        {
            LowerOneRow(lowering);
            return null;
        }
        PlainLayout srcLayout = PlainLayout.Nchw(batch, lowering.InputShape(0), Precision.BFloat16), dstLayout = PlainLayout.Nchw(batch, lowering.OutputShape);
        (MemoryDesc srcDesc, MemoryDesc dstDesc) = (oneDnn.Desc(srcLayout), oneDnn.Desc(dstLayout));
        MemoryDesc weights = api.Plain([features, OutFeatures], DataType.Bf16, FormatTag.Cn);
        MemoryDesc? biasDesc = HasBias ? api.Plain([1, OutFeatures], DataType.F32, FormatTag.Nc) : null;
        bool relu = lowering.TryFuse(op => op is ReLU);
        PrimitiveDesc? desc = api.Matmul(srcDesc, weights, biasDesc, dstDesc, relu ? Attributes.Default.AppendEltwiseRelu() : null, out string why);
        if (desc is null)
            return why;
        Precision given = lowering.Input(0).Layout.Precision;
        Buffer dst = lowering.Allocate("dst", dstLayout.Bytes, BufferKind.Activation);
        OneDnnArgument[] arguments =
            [new(Arg.Src, srcDesc, lowering.Input(0, srcLayout)), new(Arg.Weights, weights, lowering.Half(lowering.Parameter("weight")!)), new(Arg.Dst, dstDesc, dst)];
        if (biasDesc is not null)
            arguments = [.. arguments, new(Arg.Bias, biasDesc, lowering.Parameter("bias")!.Master)];
        oneDnn.Emit(lowering, relu ? "forward + ReLU" : "forward", desc, arguments);
        lowering.Output(dst, dstLayout);
        lowering.OnBackward(backward => BackwardBFloat16(backward, oneDnn, srcLayout, given));
        return null;
    }

    /// <summary>One image: the time is that of reading the weights, at which oneDNN's matmul reaches half of the memory's speed (46 of 90 GB/s).</summary>
    private static void LowerOneRow(Lowering lowering)
    {
        PlainLayout srcLayout = PlainLayout.Nchw(1, lowering.InputShape(0)), dstLayout = PlainLayout.Nchw(1, lowering.OutputShape);
        bool relu = lowering.TryFuse(op => op is ReLU);
        WorkerTeam team = lowering.Team;
        Buffer src = lowering.Input(0, srcLayout), weights = lowering.Half(lowering.Parameter("weight")!), dst = lowering.Allocate("dst", dstLayout.Bytes, BufferKind.Activation);
        Buffer? bias = lowering.Parameter("bias")?.Master;
        Buffer[] reads = bias is null ? [src, weights] : [src, weights, bias];
        lowering.EmitManaged(relu ? "forward + ReLU" : "forward", reads, [dst], () =>
            MatrixVector.Forward(team, src.Floats, weights.Span<ushort>(), bias is null ? [] : bias.Floats, relu, dst.Floats), kernel: "managed one row");
        lowering.Output(dst, dstLayout);
    }

    private void BackwardBFloat16(BackwardLowering backward, OneDnnBackend oneDnn, PlainLayout srcLayout, Precision given)
    {
        (IOneDnn api, int batch, int features) = (oneDnn.Api, backward.Batch, backward.InputShape(0).Features);
        PlainLayout dstLayout = PlainLayout.Nchw(batch, backward.OutputShape, Precision.BFloat16);
        (MemoryDesc srcDesc, MemoryDesc dstDesc) = (oneDnn.Desc(srcLayout), oneDnn.Desc(dstLayout));
        Parameter weight = backward.Parameter("weight")!;
        Buffer diffDst = backward.DiffDstIn(dstLayout);
        if (backward.WantsInputGradient(0))
        {
            PlainLayout diffLayout = PlainLayout.Nchw(batch, backward.InputShape(0), given);
            MemoryDesc weights = api.Plain([OutFeatures, features], DataType.Bf16, FormatTag.Nc), diffDesc = oneDnn.Desc(diffLayout);
            PrimitiveDesc data = api.Matmul(dstDesc, weights, null, diffDesc, null, out string why) ?? throw Missing("gradient", why);
            Buffer diffSrc = backward.Allocate("d src", diffLayout.Bytes, BufferKind.ActivationGradient);
            oneDnn.Emit(backward, "backward data", data, [new(Arg.Src, dstDesc, diffDst), new(Arg.Weights, weights, backward.Half(weight)), new(Arg.Dst, diffDesc, diffSrc)]);
            backward.DiffSrc(0, diffSrc, diffLayout);
        }
        if (weight.Trainable)
            BackwardWeights(backward, oneDnn, srcLayout, dstLayout, diffDst);
    }
}
