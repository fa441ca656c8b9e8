using Fovea.Engine.Backends;
using Fovea.Engine.Planning;
using Fovea.Kernels;
using Fovea.OneDnn;
using Buffer = Fovea.Engine.Planning.Buffer;

namespace Fovea.Engine.Ops;

/// <summary>What maximum and average pooling share: windows over each channel by itself, overlapping where the stride is smaller than the window.</summary>
public abstract class Pool2d : Op
{
    /// <summary>A pooling.</summary>
    /// <param name="kernel">KH and KW, at least 1.</param>
    /// <param name="stride">Vertical and horizontal stride, at least 1.</param>
    /// <param name="padding">Around the image, on each side at most half the window.</param>
    /// <param name="rounding">What happens to a last, incomplete stride.</param>
    protected Pool2d((int H, int W) kernel, (int H, int W) stride, Padding padding, Rounding rounding)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Math.Min(kernel.H, kernel.W), 1, nameof(kernel));
        ArgumentOutOfRangeException.ThrowIfLessThan(Math.Min(stride.H, stride.W), 1, nameof(stride));
        if (Math.Max(padding.Top, padding.Bottom) > kernel.H / 2 || Math.Max(padding.Left, padding.Right) > kernel.W / 2)
            throw new ArgumentOutOfRangeException(nameof(padding), padding, $"Pooling pads at most half its window of {kernel.H}x{kernel.W}.");
        (Kernel, Stride, Padding, Rounding) = (kernel, stride, padding, rounding);
    }

    /// <summary>KH and KW.</summary>
    public (int H, int W) Kernel { get; }

    /// <summary>Vertical and horizontal stride.</summary>
    public (int H, int W) Stride { get; }

    /// <summary>Around the image.</summary>
    public Padding Padding { get; }

    /// <summary>What happens to a last, incomplete stride.</summary>
    public Rounding Rounding { get; }

    /// <inheritdoc/>
    public override string Details =>
        $"{Kernel.H}x{Kernel.W}/{Stride.H}" + (Padding.IsZero ? "" : $", padding {Padding}") + (Rounding == Rounding.Up ? ", rounded up" : "");

    /// <summary>oneDNN's algorithm.</summary>
    private protected abstract PoolAlgorithm Algorithm { get; }

    /// <inheritdoc/>
    public override (Window Vertical, Window Horizontal)? Windows(TensorShape input) =>
        (new Window(Kernel.H, Stride.H, Padding.Top, Padding.Bottom, Rounding), new Window(Kernel.W, Stride.W, Padding.Left, Padding.Right, Rounding));

    /// <inheritdoc/>
    public override TensorShape Infer(IReadOnlyList<TensorShape> inputs) => WindowShape.Infer(inputs[0], Windows(inputs[0])!.Value, inputs[0].C);

    /// <inheritdoc/>
    public override string? LowerOneDnn(Lowering lowering, OneDnnBackend oneDnn)
    {
        (int batch, TensorShape dstShape) = (lowering.Batch, lowering.OutputShape);
        long[] end = EndPadding(lowering.InputShape(0), dstShape);
        if (Algorithm == PoolAlgorithm.AvgIncludePadding && (end[0] > Padding.Bottom || end[1] > Padding.Right))
            return "a window that is rounded up sticks out of the padding, which it would count";
        Value src = lowering.Input(0);
        MemoryDesc srcDesc = oneDnn.Desc(src.Layout);
        PrimitiveDesc? desc = oneDnn.Api.PoolingForward(
            lowering.Training, Algorithm, srcDesc, oneDnn.Any(batch, dstShape, src.Layout.Precision), [Kernel.H, Kernel.W], [Stride.H, Stride.W], [0, 0], [Padding.Top, Padding.Left], end, null, out string why);
        if (desc is null)
            return why;
        if (desc.IsReference)
        {
            desc.Dispose();
            return $"only the reference kernel would take {src.Layout.Tag}";
        }
        MemoryDesc dstDesc = desc.Query(Arg.Dst)!;
        Buffer dst = lowering.Allocate("dst", dstDesc.ByteSize, BufferKind.Activation);
        OneDnnArgument[] arguments = [new(Arg.Src, srcDesc, src.Buffer), new(Arg.Dst, dstDesc, dst)];
        OneDnnArgument? workspace = null;
        if (desc.Query(Arg.Workspace) is { ByteSize: > 0 } indices)
            workspace = new OneDnnArgument(Arg.Workspace, indices, lowering.Allocate("indices", indices.ByteSize, BufferKind.Workspace));
        oneDnn.Emit(lowering, "forward", desc, workspace is null ? arguments : [.. arguments, workspace.Value]);
        Layout dstLayout = oneDnn.LayoutOf(dstDesc, batch, dstShape);
        lowering.Output(dst, dstLayout);
        lowering.OnBackward(backward =>
        {
            if (!backward.WantsInputGradient(0))
                return;
            PrimitiveDesc back = oneDnn.Api.PoolingBackward(
                Algorithm, srcDesc, dstDesc, [Kernel.H, Kernel.W], [Stride.H, Stride.W], [0, 0], [Padding.Top, Padding.Left], end, null, null, out string reason)
                ?? throw new FoveaException($"oneDNN runs {Name} forward but not backward on {src.Layout.Tag}: {reason}. Use --backend managed.");
            Buffer diffSrc = backward.Allocate("d src", srcDesc.ByteSize, BufferKind.ActivationGradient);
            OneDnnArgument[] args = [new(Arg.DiffDst, dstDesc, backward.DiffDstIn(dstLayout)), new(Arg.DiffSrc, srcDesc, diffSrc)];
            oneDnn.Emit(backward, "backward", back, workspace is null ? args : [.. args, workspace.Value]);
            backward.DiffSrc(0, diffSrc, src.Layout);
        });
        return null;
    }

    /// <summary>The geometry as managed kernels take it.</summary>
    private protected Pool2dShape KernelShape(int batch, TensorShape src, TensorShape dst) =>
        new(batch, src.C, src.H, src.W, Kernel.H, Kernel.W, dst.H, dst.W, Stride.H, Stride.W, Padding.Top, Padding.Left, Padding.Bottom, Padding.Right);

    /// <summary>oneDNN derives the output from the padding, so a stride that was rounded up is more padding at the end.</summary>
    private long[] EndPadding(TensorShape src, TensorShape dst) =>
    [
        Math.Max(Padding.Bottom, (dst.H - 1) * Stride.H + Kernel.H - src.H - Padding.Top),
        Math.Max(Padding.Right, (dst.W - 1) * Stride.W + Kernel.W - src.W - Padding.Left),
    ];
}
