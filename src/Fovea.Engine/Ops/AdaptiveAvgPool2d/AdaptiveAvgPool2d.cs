using Fovea.Engine.Backends;
using Fovea.Engine.Planning;
using Fovea.Kernels;
using Buffer = Fovea.Engine.Planning.Buffer;

namespace Fovea.Engine.Ops;

/// <summary>
/// Averages to a given size, whatever the input's: output i sees rows floor(i * H / OH) to ceil((i + 1) * H / OH) (PyTorch's AdaptiveAvgPool2d). Where the input
/// has that size already, nothing is done; where all windows are alike, it is ordinary average pooling.
/// </summary>
public sealed partial class AdaptiveAvgPool2d : Op
{
    /// <summary>A pooling.</summary>
    /// <param name="height">OH, at least 1.</param>
    /// <param name="width">OW, at least 1.</param>
    public AdaptiveAvgPool2d(int height, int width)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        (Height, Width) = (height, width);
    }

    /// <summary>OH.</summary>
    public int Height { get; }

    /// <summary>OW.</summary>
    public int Width { get; }

    /// <inheritdoc/>
    public override string Name => "AdaptiveAvgPool2d";

    /// <inheritdoc/>
    public override string Details => $"{Height}x{Width}";

    /// <inheritdoc/>
    public override TensorShape Infer(IReadOnlyList<TensorShape> inputs) => inputs[0].IsFlat
        ? throw new ShapeException($"got a vector of {inputs[0]} features, expected an image (channels x height x width)")
        : new TensorShape(inputs[0].C, Height, Width);

    /// <inheritdoc/>
    public override void LowerManaged(Lowering lowering)
    {
        TensorShape src = lowering.InputShape(0);
        if ((src.H, src.W) == (Height, Width))
            lowering.PassThrough();
        else if (src.H % Height == 0 && src.W % Width == 0)
            Uniform(src).LowerManaged(lowering);
        else
            LowerGeneral(lowering, src);
    }

    /// <inheritdoc/>
    public override string? LowerOneDnn(Lowering lowering, OneDnnBackend oneDnn)
    {
        TensorShape src = lowering.InputShape(0);
        if ((src.H, src.W) == (Height, Width))
        {
            lowering.PassThrough();
            return null;
        }
        if (src.H % Height == 0 && src.W % Width == 0)
            return Uniform(src).LowerOneDnn(lowering, oneDnn);
        return TryLowerBlocks(lowering, oneDnn) ? null : "its windows differ in size";
    }

    private AvgPool2d Uniform(TensorShape src) => new((src.H / Height, src.W / Width), (src.H / Height, src.W / Width));

    private void LowerGeneral(Lowering lowering, TensorShape shape)
    {
        (int n, WorkerTeam team) = (lowering.Batch, lowering.Team);
        PlainLayout srcLayout = PlainLayout.Nchw(n, shape), dstLayout = PlainLayout.Nchw(n, lowering.OutputShape);
        Buffer src = lowering.Input(0, srcLayout), dst = lowering.Allocate("dst", dstLayout.Bytes, BufferKind.Activation);
        lowering.EmitManaged("forward", [src], [dst], () => AdaptivePoolKernels.AvgForward(team, n * shape.C, shape.H, shape.W, Height, Width, src.Floats, dst.Floats));
        lowering.Output(dst, dstLayout);
        lowering.OnBackward(backward =>
        {
            if (!backward.WantsInputGradient(0))
                return;
            Buffer diffDst = backward.DiffDstIn(dstLayout), diffSrc = backward.Allocate("d src", srcLayout.Bytes, BufferKind.ActivationGradient);
            backward.EmitManaged("backward", [diffDst], [diffSrc], () =>
                AdaptivePoolKernels.AvgBackward(team, n * shape.C, shape.H, shape.W, Height, Width, diffDst.Floats, diffSrc.Floats));
            backward.DiffSrc(0, diffSrc, srcLayout);
        });
    }
}

/// <summary>Fluent form of <see cref="AdaptiveAvgPool2d"/>.</summary>
public static class AdaptiveAvgPool2dNode
{
    /// <inheritdoc cref="Ops.AdaptiveAvgPool2d"/>
    public static Node AdaptiveAvgPool2d(this Node src, int height, int width) => src.Apply(new AdaptiveAvgPool2d(height, width));
}
