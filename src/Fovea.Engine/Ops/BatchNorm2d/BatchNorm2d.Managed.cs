using Fovea.Engine.Planning;
using Fovea.Kernels;
using Buffer = Fovea.Engine.Planning.Buffer;

namespace Fovea.Engine.Ops;

public sealed partial class BatchNorm2d
{
    /// <inheritdoc/>
    public override void LowerManaged(Lowering lowering)
    {
        if (lowering.ForwardIsFused || TryLowerJoint(lowering))
            return;
        (int n, TensorShape shape, WorkerTeam team, float epsilon) = (lowering.Batch, lowering.OutputShape, lowering.Team, Epsilon);
        int pixels = shape.H * shape.W;
        PlainLayout layout = PlainLayout.Nchw(n, shape);
        (Parameter scale, Parameter shift) = (lowering.Parameter("weight")!, lowering.Parameter("bias")!);
        bool relu = lowering.TryFuse(op => op is ReLU);
        Buffer src = lowering.Input(0, layout);
        (Buffer mean, Buffer variance) = Statistics(lowering);
        if (lowering.Training)
        {
            lowering.EmitManaged("statistics", [src], [mean, variance], () => BatchNormKernels.Statistics(team, n, shape.C, pixels, src.Floats, mean.Floats, variance.Floats));
            EmitRunning(lowering, mean, variance);
        }
        Buffer Forward()
        {
            Buffer dst = lowering.Allocate("dst", layout.Bytes, BufferKind.Activation);
            lowering.EmitManaged(relu ? "forward + ReLU" : "forward", [src, mean, variance, scale.Master, shift.Master], [dst], () =>
                BatchNormKernels.Forward(team, n, shape.C, pixels, epsilon, src.Floats, mean.Floats, variance.Floats, scale.Data, shift.Data, relu, dst.Floats), (src, dst));
            return dst;
        }
        Buffer dst = Forward();
        if (Recompute)
            lowering.Recomputed(dst, Forward);
        lowering.Output(dst, layout);
        lowering.OnBackward(backward =>
        {
            Buffer diffDst = backward.DiffDstIn(layout), diffSrc = backward.Allocate("d src", layout.Bytes, BufferKind.ActivationGradient);
            Buffer diffScale = GradientOf(backward, scale), diffShift = GradientOf(backward, shift);
            backward.EmitManaged("backward", [src, mean, variance, scale.Master, diffDst], [diffSrc, diffScale, diffShift], () =>
                BatchNormKernels.Backward(
                    team, n, shape.C, pixels, epsilon, src.Floats, mean.Floats, variance.Floats, scale.Data, diffDst.Floats, diffSrc.Floats, diffScale.Floats, diffShift.Floats),
                (diffDst, diffSrc));
            backward.DiffSrc(0, diffSrc, layout);
        });
    }

    /// <summary>A frozen parameter's gradient is computed all the same, since the kernels know no other way, and goes nowhere.</summary>
    private static Buffer GradientOf(BackwardLowering backward, Parameter parameter) =>
        parameter.Trainable ? backward.Gradient(parameter) : backward.Scratch(parameter.Spec.Elements * sizeof(float));

    /// <summary>Where mean and variance lie: memory of the batch's own in training, the running ones in inference.</summary>
    private static (Buffer Mean, Buffer Variance) Statistics(Lowering lowering)
    {
        long bytes = lowering.OutputShape.C * (long)sizeof(float);
        return lowering.Training
            ? (lowering.Allocate("mean", bytes, BufferKind.Workspace), lowering.Allocate("variance", bytes, BufferKind.Workspace))
            : (lowering.Parameter("running_mean")!.Master, lowering.Parameter("running_var")!.Master);
    }

    private void EmitRunning(Lowering lowering, Buffer mean, Buffer variance)
    {
        (Parameter runningMean, Parameter runningVariance) = (lowering.Parameter("running_mean")!, lowering.Parameter("running_var")!);
        // Those of a joint tensor may have more channels than this layer reads.
        (int channels, long count, float momentum) = (lowering.OutputShape.C, (long)lowering.Batch * lowering.OutputShape.H * lowering.OutputShape.W, Momentum);
        lowering.EmitManaged("running statistics", [mean, variance, runningMean.Master, runningVariance.Master], [runningMean.Master, runningVariance.Master], () =>
        {
            BatchNormKernels.UpdateRunning(count, momentum, mean.Floats[..channels], variance.Floats[..channels], runningMean.Data, runningVariance.Data);
            runningMean.Changed();
            runningVariance.Changed();
        });
    }
}
