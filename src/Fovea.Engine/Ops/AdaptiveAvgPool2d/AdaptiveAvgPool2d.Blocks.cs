using Fovea.Engine.Backends;
using Fovea.Engine.Planning;
using Fovea.Kernels;
using Fovea.OneDnn;
using Buffer = Fovea.Engine.Planning.Buffer;

namespace Fovea.Engine.Ops;

/// <remarks>oneDNN has no pooling with windows that differ; the kernel is ours, in the layout and type in which the image lies.</remarks>
public sealed partial class AdaptiveAvgPool2d
{
    private bool TryLowerBlocks(Lowering lowering, OneDnnBackend oneDnn)
    {
        (int n, TensorShape shape, Layout layout) = (lowering.Batch, lowering.InputShape(0), lowering.Stored(0).Layout.Common);
        Precision precision = layout.Precision;
        Layout Lying(TensorShape of, bool last) => last
            ? PlainLayout.Nhwc(n, of, precision)
            : new OneDnnLayout(oneDnn.Api.Plain(OneDnnBackend.Dims(n, of), OneDnnBackend.TypeOf(precision), FormatTag.NChw16c));
        bool channelsLast = layout is PlainLayout;
        if (shape.C % 16 != 0 || Math.Max(shape.W, Width) > AdaptivePoolShape.MaxWidth || !layout.Equals(Lying(shape, channelsLast)))
            return false;
        (WorkerTeam team, Layout dstLayout) = (lowering.Team, Lying(lowering.OutputShape, channelsLast));
        AdaptivePoolShape sizes = new(n, shape.C, shape.H, shape.W, Height, Width, channelsLast);
        Buffer src = lowering.Input(0, layout), dst = lowering.Allocate("dst", dstLayout.Bytes, BufferKind.Activation);
        lowering.EmitManaged("forward", [src], [dst], precision == Precision.BFloat16
            ? () => AdaptivePoolKernels.AvgForward<ushort>(team, sizes, src.Span<ushort>(), dst.Span<ushort>())
            : () => AdaptivePoolKernels.AvgForward<float>(team, sizes, src.Floats, dst.Floats), kernel: "managed, blocks of 16");
        lowering.Output(dst, dstLayout);
        lowering.OnBackward(backward =>
        {
            if (!backward.WantsInputGradient(0))
                return;
            Buffer diffDst = backward.DiffDstIn(dstLayout), diffSrc = backward.Allocate("d src", layout.Bytes, BufferKind.ActivationGradient);
            backward.EmitManaged("backward", [diffDst], [diffSrc], precision == Precision.BFloat16
                ? () => AdaptivePoolKernels.AvgBackward<ushort>(team, sizes, diffDst.Span<ushort>(), diffSrc.Span<ushort>())
                : () => AdaptivePoolKernels.AvgBackward<float>(team, sizes, diffDst.Floats, diffSrc.Floats), kernel: "managed, blocks of 16");
            backward.DiffSrc(0, diffSrc, layout);
        });
        return true;
    }
}
