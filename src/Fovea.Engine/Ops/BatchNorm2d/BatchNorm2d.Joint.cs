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
            lowering.EmitManaged(relu ? "forward + ReLU" : "forward", [src.Buffer, mean, variance, scale.Master, shift.Master], [dst], () =>
                JointNormKernels.Forward(team, shape, epsilon, src.Buffer.Floats, mean.Floats, variance.Floats, scale.Data, shift.Data, relu, dst.Floats), kernel: layout.Kernel);
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
        lowering.EmitManaged($"statistics of channels {first} to {end - 1}", [src], [chain.Mean, chain.Variance], () =>
            JointNormKernels.Statistics(team, shape, first, end, src.Floats, chain.Mean.Floats, chain.Variance.Floats), kernel: layout.Kernel);
        chain.Measured = end;
    }

    private void BackwardJoint(BackwardLowering backward, Buffer src, JointLayout layout, bool relu)
    {
        (WorkerTeam team, JointShape shape, float epsilon, JointChain chain) = (backward.Team, layout.Joint, Epsilon, layout.Chain);
        (Parameter scale, Parameter shift) = (backward.Parameter("weight")!, backward.Parameter("bias")!);
        Buffer diffDst = backward.DiffDstIn(layout.Common), diffScale = GradientOf(backward, scale), diffShift = GradientOf(backward, shift);
        bool wanted = backward.WantsInputGradient(0);
        Buffer? sum = wanted && backward.GradientToAddTo(0) is { Layout: JointLayout held } own && held.Equals(layout) ? own.Buffer : null;
        Buffer diffSrc = sum ?? backward.Allocate("d src", wanted ? layout.Bytes : 0, BufferKind.ActivationGradient);
        List<Buffer> reads = [src, chain.Mean, chain.Variance, scale.Master, shift.Master, diffDst];
        if (sum is not null)
            reads.Add(sum);
        backward.EmitManaged("backward", reads, [diffSrc, diffScale, diffShift], () =>
            JointNormKernels.Backward(
                team, shape, epsilon, src.Floats, chain.Mean.Floats, chain.Variance.Floats, scale.Data, shift.Data, relu, diffDst.Floats, diffSrc.Floats, sum is not null,
                diffScale.Floats, diffShift.Floats),
            kernel: layout.Kernel);
        if (wanted && sum is null)
            backward.DiffSrc(0, diffSrc, layout);
    }
}
