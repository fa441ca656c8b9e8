using Fovea.Engine.Backends;
using Fovea.Engine.Planning;
using Fovea.Kernels;
using Buffer = Fovea.Engine.Planning.Buffer;

namespace Fovea.Engine.Ops;

/// <summary>
/// The shortcut without parameters around a residual block that changes the shape (He et al. 2015, section 3.3, option A): every stride-th pixel, and the
/// additional channels are zeros, half of them before and half behind the input's, as the published CIFAR weights want it.
/// </summary>
public sealed class IdentityShortcut : Op
{
    /// <summary>A shortcut.</summary>
    /// <param name="outChannels">Channels of the result, no fewer than the input's.</param>
    /// <param name="stride">Distance of the pixels that are taken, at least 1.</param>
    public IdentityShortcut(int outChannels, int stride)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(outChannels, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(stride, 1);
        (OutChannels, Stride) = (outChannels, stride);
    }

    /// <summary>Channels of the result.</summary>
    public int OutChannels { get; }

    /// <summary>Distance of the pixels that are taken.</summary>
    public int Stride { get; }

    /// <inheritdoc/>
    public override string Name => "IdentityShortcut";

    /// <inheritdoc/>
    public override string Details => $"{OutChannels}, /{Stride}";

    /// <inheritdoc/>
    public override (Window Vertical, Window Horizontal)? Windows(TensorShape input) => (new Window(1, Stride, 0, 0), new Window(1, Stride, 0, 0));

    /// <inheritdoc/>
    public override TensorShape Infer(IReadOnlyList<TensorShape> inputs)
    {
        TensorShape src = inputs[0];
        if (src.IsFlat || src.C > OutChannels)
            throw new ShapeException($"got {src}, expected an image of at most {OutChannels} channels");
        return new TensorShape(OutChannels, (src.H - 1) / Stride + 1, (src.W - 1) / Stride + 1);
    }

    /// <inheritdoc/>
    public override void LowerManaged(Lowering lowering)
    {
        (TensorShape from, WorkerTeam team) = (lowering.InputShape(0), lowering.Team);
        SubsampleShape shape = new(lowering.Batch, from.C, from.H, from.W, OutChannels, (OutChannels - from.C) / 2, Stride);
        PlainLayout srcLayout = PlainLayout.Nchw(lowering.Batch, from), dstLayout = PlainLayout.Nchw(lowering.Batch, lowering.OutputShape);
        Buffer src = lowering.Input(0, srcLayout), dst = lowering.Allocate("dst", dstLayout.Bytes, BufferKind.Activation);
        lowering.EmitManaged("forward", [src], [dst], () => SubsampleKernels.Forward(team, shape, src.Floats, dst.Floats));
        lowering.Output(dst, dstLayout);
        lowering.OnBackward(backward =>
        {
            if (!backward.WantsInputGradient(0))
                return;
            Buffer diffDst = backward.DiffDstIn(dstLayout), diffSrc = backward.Allocate("d src", srcLayout.Bytes, BufferKind.ActivationGradient);
            backward.EmitManaged("backward", [diffDst], [diffSrc], () => SubsampleKernels.Backward(team, shape, diffDst.Floats, diffSrc.Floats));
            backward.DiffSrc(0, diffSrc, srcLayout);
        });
    }

    /// <inheritdoc/>
    public override string? LowerOneDnn(Lowering lowering, OneDnnBackend oneDnn) => "it has no such primitive";
}

/// <summary>Fluent form of <see cref="IdentityShortcut"/>.</summary>
public static class IdentityShortcutNode
{
    /// <inheritdoc cref="Ops.IdentityShortcut(int, int)"/>
    /// <param name="src">The block's input.</param>
    /// <param name="outChannels">Channels of the result, no fewer than the input's.</param>
    /// <param name="stride">Distance of the pixels that are taken, at least 1.</param>
    public static Node IdentityShortcut(this Node src, int outChannels, int stride) => src.Apply(new IdentityShortcut(outChannels, stride), "shortcut");
}
