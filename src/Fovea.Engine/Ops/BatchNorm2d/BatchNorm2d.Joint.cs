using Fovea.Engine.Backends;
using Fovea.Engine.Planning;
using Fovea.Kernels;
using Buffer = Fovea.Engine.Planning.Buffer;

namespace Fovea.Engine.Ops;

/// <remarks>
/// What reads a chain of concatenations does so with Fovea's own kernels on both backends, from the joint buffer as it lies (docs/decisions/0008): the statistics of a
/// channel are computed once for all layers that read it, the result is computed again in the backward pass, and the gradient is added to the joint gradient in place.
/// </remarks>
public sealed partial class BatchNorm2d
{
    private bool TryLowerJoint(Lowering lowering)
    {
        Value src = lowering.Stored(0);
        if (src.Layout is not JointLayout layout)
            return false;
        (WorkerTeam team, JointShape shape, float epsilon, JointChain chain) = (lowering.Team, layout.Joint, Epsilon, layout.Chain);
        (Parameter scale, Parameter shift) = (lowering.Parameter("weight")!, lowering.Parameter("bias")!);
        bool relu = lowering.TryFuse(op => op is ReLU, backwardToo: true);
        (Buffer mean, Buffer variance) = lowering.Training ? (chain.Mean, chain.Variance) : Statistics(lowering);
        if (lowering.Training)
        {
            Measure(lowering, src.Buffer, layout);
            EmitRunning(lowering, mean, variance);
        }
        Buffer Forward()
        {
            Buffer dst = lowering.Allocate("dst", layout.Common.Bytes, BufferKind.Activation);
            Action run = layout.Precision == Precision.BFloat16
                ? () => JointNormKernels.Forward(
                    team, shape, epsilon, src.Buffer.Span<ushort>(), mean.Floats, variance.Floats, scale.Data, shift.Data, relu, dst.Span<ushort>())
                : () => JointNormKernels.Forward(team, shape, epsilon, src.Buffer.Floats, mean.Floats, variance.Floats, scale.Data, shift.Data, relu, dst.Floats);
            lowering.EmitManaged(
                relu ? "forward + ReLU" : "forward", [src.Buffer, mean, variance, scale.Master, shift.Master], [dst], run, kernel: layout.Kernel);
            return dst;
        }
        Buffer dst = Forward();
        lowering.Recomputed(dst, Forward);
        lowering.Output(dst, layout.Common);
        lowering.OnBackward(backward => BackwardJoint(backward, src.Buffer, layout, relu));
        return true;
    }

    /// <summary>Statistics of the channels that no earlier reader of the chain has asked for.</summary>
    private static void Measure(Lowering lowering, Buffer src, JointLayout layout)
    {
        (WorkerTeam team, JointShape shape, JointChain chain, int first, int end) = (lowering.Team, layout.Joint, layout.Chain, layout.Chain.Measured, layout.Channels);
        if (first >= end)
            return;
        Action run = layout.Precision == Precision.BFloat16
            ? () => JointNormKernels.Statistics(team, shape, first, end, src.Span<ushort>(), chain.Mean.Floats, chain.Variance.Floats)
            : () => JointNormKernels.Statistics(team, shape, first, end, src.Floats, chain.Mean.Floats, chain.Variance.Floats);
        lowering.EmitManaged($"statistics of channels {first} to {end - 1}", [src], [chain.Mean, chain.Variance], run, kernel: layout.Kernel);
        chain.Measured = end;
    }

    private void BackwardJoint(BackwardLowering backward, Buffer src, JointLayout layout, bool relu)
    {
        (WorkerTeam team, JointShape shape, float epsilon, JointChain chain) = (backward.Team, layout.Joint, Epsilon, layout.Chain);
        (Parameter scale, Parameter shift) = (backward.Parameter("weight")!, backward.Parameter("bias")!);
        Buffer diffDst = backward.DiffDstIn(layout.Common), diffScale = GradientOf(backward, scale), diffShift = GradientOf(backward, shift);
        bool wanted = backward.WantsInputGradient(0);
        Value? held = wanted && backward.GradientToAddTo(0) is { Layout: JointGradientLayout own } value && own.Joint.Equals(layout) ? value : null;
        Value? diffSrc = wanted ? held ?? JointGradientLayout.Begin(backward, layout) : null;
        Buffer none = new("none", 0, BufferKind.Scratch), sum = diffSrc?.Buffer ?? none;
        JointGradientLayout? whole = diffSrc?.Layout as JointGradientLayout;
        (Buffer offset, Buffer slope, bool adds) = (whole?.Offset ?? none, whole?.Slope ?? none, held is not null);
        Buffer[] gradient = whole is null ? [] : [sum, offset, slope];
        Action run = layout.Precision == Precision.BFloat16
            ? () => JointNormKernels.Backward(
                team, shape, epsilon, src.Span<ushort>(), chain.Mean.Floats, chain.Variance.Floats, scale.Data, shift.Data, relu, diffDst.Span<ushort>(), sum.Span<ushort>(),
                offset.Floats, slope.Floats, adds, diffScale.Floats, diffShift.Floats)
            : () => JointNormKernels.Backward(
                team, shape, epsilon, src.Floats, chain.Mean.Floats, chain.Variance.Floats, scale.Data, shift.Data, relu, diffDst.Floats, sum.Floats, offset.Floats,
                slope.Floats, adds, diffScale.Floats, diffShift.Floats);
        List<Buffer> reads = [src, chain.Mean, chain.Variance, scale.Master, shift.Master, diffDst];
        if (adds)
            reads.AddRange(gradient);
        backward.EmitManaged("backward", reads, [.. gradient, diffScale, diffShift], run, kernel: layout.Kernel);
        if (whole is not null && !adds)
            backward.DiffSrc(0, sum, whole);
    }
}
