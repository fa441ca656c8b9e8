using System.Runtime.Intrinsics;
using Fovea.Engine.Backends;
using Fovea.Engine.Planning;
using Fovea.Kernels;
using Fovea.OneDnn;
using Buffer = Fovea.Engine.Planning.Buffer;

namespace Fovea.Engine.Ops;

/// <remarks>
/// In training, images in blocks of 16 channels are normalised by Fovea's own kernels in a plan of oneDNN's too: they find a block of channels in the cache when they
/// read it again, and need no mask of the ReLU, as they compute its sign anew.
/// </remarks>
public sealed partial class BatchNorm2d
{
    private const string BlocksKernel = "managed, blocks of 16";

    private bool TryLowerBlocks(Lowering lowering, OneDnnBackend oneDnn, Value src)
    {
        (int n, TensorShape shape, WorkerTeam team, float epsilon, Layout layout) = (lowering.Batch, lowering.OutputShape, lowering.Team, Epsilon, src.Layout);
        if (!lowering.Training || !Vector512.IsHardwareAccelerated || !FillsBlocks(shape.C, team.Threads))
            return false;
        bool half = layout.Precision == Precision.BFloat16;
        if (!oneDnn.Desc(layout).Equals(oneDnn.Api.Plain(OneDnnBackend.Dims(n, shape), OneDnnBackend.TypeOf(layout.Precision), FormatTag.NChw16c)))
            return false;
        int pixels = shape.H * shape.W;
        bool relu = lowering.TryFuse(op => op is ReLU, backwardToo: true);
        (Buffer mean, Buffer variance) = Statistics(lowering);
        (Parameter scale, Parameter shift) = (lowering.Parameter("weight")!, lowering.Parameter("bias")!);
        string work = relu ? "forward + ReLU" : "forward";
        Action Forward(Buffer dst, bool measure) => half
            ? () => BlockNormKernels.Forward(
                team, n, pixels, epsilon, measure, src.Buffer.Span<ushort>(), mean.Floats, variance.Floats, scale.Data, shift.Data, relu, dst.Span<ushort>())
            : () => BlockNormKernels.Forward(team, n, pixels, epsilon, measure, src.Buffer.Floats, mean.Floats, variance.Floats, scale.Data, shift.Data, relu, dst.Floats);
        Buffer dst = lowering.Allocate("dst", layout.Bytes, BufferKind.Activation);
        lowering.EmitManaged(
            work, [src.Buffer, scale.Master, shift.Master], [dst, mean, variance], Forward(dst, measure: true), (src.Buffer, dst), BlocksKernel);
        EmitRunning(lowering, mean, variance);
        if (Recompute)
        {
            lowering.Recomputed(dst, () =>
            {
                Buffer again = lowering.Allocate("dst again", layout.Bytes, BufferKind.Activation);
                lowering.EmitManaged(
                    $"{work} again", [src.Buffer, mean, variance, scale.Master, shift.Master], [again], Forward(again, measure: false), kernel: BlocksKernel);
                return again;
            });
        }
        lowering.Output(dst, layout);
        lowering.OnBackward(backward =>
        {
            Buffer diffDst = backward.DiffDstIn(layout), diffSrc = backward.Allocate("d src", layout.Bytes, BufferKind.ActivationGradient);
            Buffer diffScale = GradientOf(backward, scale), diffShift = GradientOf(backward, shift);
            Action run = half
                ? () => BlockNormKernels.Backward(
                    team, n, pixels, epsilon, src.Buffer.Span<ushort>(), mean.Floats, variance.Floats, scale.Data, shift.Data, relu, diffDst.Span<ushort>(),
                    diffSrc.Span<ushort>(), diffScale.Floats, diffShift.Floats)
                : () => BlockNormKernels.Backward(
                    team, n, pixels, epsilon, src.Buffer.Floats, mean.Floats, variance.Floats, scale.Data, shift.Data, relu, diffDst.Floats, diffSrc.Floats,
                    diffScale.Floats, diffShift.Floats);
            backward.EmitManaged(
                "backward", [src.Buffer, mean, variance, scale.Master, shift.Master, diffDst], [diffSrc, diffScale, diffShift], run, (diffDst, diffSrc), BlocksKernel);
            backward.DiffSrc(0, diffSrc, layout);
        });
        return true;
    }

    /// <summary>A block of channels is one thread's work: true where no thread has much less to do than another.</summary>
    private static bool FillsBlocks(int channels, int threads)
    {
        int blocks = channels / BlockNormKernels.Block, rounds = (blocks + threads - 1) / threads;
        return channels % BlockNormKernels.Block == 0 && rounds * threads <= blocks * 5 / 4;
    }
}
