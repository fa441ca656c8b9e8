using Fovea.Engine.Backends;
using Fovea.Engine.Planning;
using Fovea.Kernels;
using Fovea.OneDnn;
using Buffer = Fovea.Engine.Planning.Buffer;

namespace Fovea.Engine.Ops;

public sealed partial class BatchNorm2d
{
    /// <inheritdoc/>
    public override string? LowerOneDnn(Lowering lowering, OneDnnBackend oneDnn)
    {
        if (lowering.ForwardIsFused || TryLowerJoint(lowering))
            return null;
        Value src = lowering.Input(0);
        MemoryDesc data = oneDnn.Desc(src.Layout);
        // The fused kernel writes a mask for its own backward pass, which then also does the ReLU's.
        bool relu = lowering.TryFuse(op => op is ReLU, backwardToo: true);
        BatchNormOptions options = BatchNormOptions.UseScale | BatchNormOptions.UseShift | (relu ? BatchNormOptions.FuseRelu : 0) |
            (lowering.Training ? 0 : BatchNormOptions.UseGlobalStats);
        PrimitiveDesc? desc = oneDnn.Api.BatchNormForward(lowering.Training, data, Epsilon, options, null, out string why);
        if (desc is null)
            return why;
        if (desc.IsReference || desc.Implementation.Contains("ncsp", StringComparison.Ordinal))
        {
            string slow = desc.Implementation;
            desc.Dispose();
            return $"only a slow kernel ({slow}) would take {src.Layout.Tag}";
        }
        (Buffer mean, Buffer variance) = Statistics(lowering);
        (Parameter scale, Parameter shift) = (lowering.Parameter("weight")!, lowering.Parameter("bias")!);
        Buffer dst = lowering.Allocate("dst", src.Layout.Bytes, BufferKind.Activation);
        MemoryDesc channel = oneDnn.Api.Plain([lowering.OutputShape.C], DataType.F32, FormatTag.X);
        List<OneDnnArgument> arguments =
        [
            new(Arg.Src, data, src.Buffer), new(Arg.Scale, channel, scale.Master), new(Arg.Shift, channel, shift.Master), new(Arg.Dst, data, dst),
            new(Arg.Mean, channel, mean, Written: lowering.Training), new(Arg.Variance, channel, variance, Written: lowering.Training),
        ];
        OneDnnArgument? mask = null;
        if (desc.Query(Arg.Workspace) is { ByteSize: > 0 } workspace)
            mask = new OneDnnArgument(Arg.Workspace, workspace, lowering.Allocate("ReLU mask", workspace.ByteSize, BufferKind.Workspace));
        if (mask is not null)
            arguments.Add(mask.Value);
        oneDnn.Emit(lowering, relu ? "forward + ReLU" : "forward", desc, [.. arguments], (src.Buffer, dst));
        if (lowering.Training)
            EmitRunning(lowering, mean, variance);
        if (Recompute)
            lowering.Recomputed(dst, () => Again(lowering, oneDnn, src, mean, variance, relu));
        lowering.Output(dst, src.Layout);
        lowering.OnBackward(backward =>
        {
            PrimitiveDesc back = oneDnn.Api.BatchNormBackward(data, data, Epsilon, options, null, null, out string reason)
                ?? throw new FoveaException($"oneDNN runs {Name} forward but not backward on {src.Layout.Tag}: {reason}. Use --backend managed.");
            Buffer diffDst = backward.DiffDstIn(src.Layout), diffSrc = backward.Allocate("d src", src.Layout.Bytes, BufferKind.ActivationGradient);
            List<OneDnnArgument> args =
            [
                new(Arg.Src, data, src.Buffer), new(Arg.Mean, channel, mean), new(Arg.Variance, channel, variance), new(Arg.Scale, channel, scale.Master),
                new(Arg.Shift, channel, shift.Master), new(Arg.DiffDst, data, diffDst), new(Arg.DiffSrc, data, diffSrc),
                new(Arg.DiffScale, channel, GradientOf(backward, scale), Written: true), new(Arg.DiffShift, channel, GradientOf(backward, shift), Written: true),
            ];
            if (mask is not null)
                args.Add(mask.Value);
            oneDnn.Emit(backward, "backward", back, [.. args], (diffDst, diffSrc));
            backward.DiffSrc(0, diffSrc, src.Layout);
        });
        return null;
    }
    /// <summary>The same result from the statistics that the forward pass has left, without its mask.</summary>
    private Buffer Again(Lowering lowering, OneDnnBackend oneDnn, Value src, Buffer mean, Buffer variance, bool relu)
    {
        (MemoryDesc data, MemoryDesc channel) = (oneDnn.Desc(src.Layout), oneDnn.Api.Plain([lowering.OutputShape.C], DataType.F32, FormatTag.X));
        BatchNormOptions options = BatchNormOptions.UseScale | BatchNormOptions.UseShift | BatchNormOptions.UseGlobalStats | (relu ? BatchNormOptions.FuseRelu : 0);
        PrimitiveDesc desc = oneDnn.Api.BatchNormForward(training: false, data, Epsilon, options, null, out string why)
            ?? throw new FoveaException($"oneDNN runs {Name} in training but not with given statistics on {src.Layout.Tag}: {why}. Use --backend managed.");
        Buffer dst = lowering.Allocate("dst again", src.Layout.Bytes, BufferKind.Activation);
        oneDnn.Emit(lowering, relu ? "forward again + ReLU" : "forward again", desc,
        [
            new(Arg.Src, data, src.Buffer), new(Arg.Dst, data, dst), new(Arg.Mean, channel, mean), new(Arg.Variance, channel, variance),
            new(Arg.Scale, channel, lowering.Parameter("weight")!.Master), new(Arg.Shift, channel, lowering.Parameter("bias")!.Master),
        ]);
        return dst;
    }
}
