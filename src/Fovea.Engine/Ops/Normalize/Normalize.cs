using Fovea.Engine.Backends;
using Fovea.Engine.Planning;
using Fovea.Kernels;

namespace Fovea.Engine.Ops;

/// <summary>
/// Pixels to numbers: (pixel * scale - mean) / std per channel, as torchvision's ToTensor and Normalize compute it. Part of the network, so that
/// preprocessing travels with the model.
/// </summary>
/// <param name="mean">Subtracted, one per channel in the network's channel order, after scaling.</param>
/// <param name="std">Divided by, one per channel, above 0.</param>
/// <param name="scale">1/255 where the network wants 0 to 1; 1 where it wants 0 to 255; 1/256 for Caffe's LeNet.</param>
/// <param name="reverseChannels">True where the network wants blue, green, red.</param>
public sealed class Normalize(IReadOnlyList<float> mean, IReadOnlyList<float> std, float scale = 1f / 255f, bool reverseChannels = false) : Op
{
    private readonly float[] _mean = [.. mean];
    private readonly float[] _std = [.. std];

    /// <inheritdoc/>
    public override string Name => "Normalize";

    /// <inheritdoc/>
    public override string Details => FormattableString.Invariant($"mean {string.Join(',', _mean)}, std {string.Join(',', _std)}");

    /// <inheritdoc/>
    public override TensorShape Infer(IReadOnlyList<TensorShape> inputs)
    {
        if (inputs[0].C != _mean.Length || inputs[0].C != _std.Length)
            throw new ShapeException($"has {inputs[0].C} channels, but {_mean.Length} values of mean and {_std.Length} of std: give one of each per channel (--mean, --std)");
        return inputs[0];
    }

    /// <inheritdoc/>
    public override void LowerManaged(Lowering lowering)
    {
        PlainLayout layout = PlainLayout.Nchw(lowering.Batch, lowering.OutputShape);
        Planning.Buffer src = lowering.Input(0).Buffer, dst = lowering.Allocate("dst", layout.Bytes, BufferKind.Activation);
        (int n, TensorShape shape, WorkerTeam team) = (lowering.Batch, lowering.OutputShape, lowering.Team);
        lowering.EmitManaged("forward", [src], [dst], () =>
            NormalizeKernels.Run(team, n, shape.H, shape.W, shape.C, src.Span<byte>(), _mean, _std, scale, reverseChannels, channelsLast: false, dst.Floats));
        lowering.Output(dst, layout);
    }

    /// <summary>oneDNN has no per-channel affine conversion from u8, so the kernel is ours in both backends; first convolutions read plain nchw.</summary>
    public override string? LowerOneDnn(Lowering lowering, OneDnnBackend oneDnn)
    {
        if (lowering.Precision == Precision.Float32)
        {
            LowerManaged(lowering);
            return null;
        }
        PlainLayout layout = PlainLayout.Nchw(lowering.Batch, lowering.OutputShape, Precision.BFloat16);
        Planning.Buffer src = lowering.Input(0).Buffer, dst = lowering.Allocate("dst", layout.Bytes, BufferKind.Activation);
        (int n, TensorShape shape, WorkerTeam team) = (lowering.Batch, lowering.OutputShape, lowering.Team);
        lowering.EmitManaged("forward", [src], [dst], () =>
            NormalizeKernels.Run(team, n, shape.H, shape.W, shape.C, src.Span<byte>(), _mean, _std, scale, reverseChannels, dst.Span<ushort>()));
        lowering.Output(dst, layout);
        return null;
    }
}

/// <summary>Fluent form of <see cref="Normalize"/>.</summary>
public static class NormalizeNode
{
    /// <inheritdoc cref="Ops.Normalize"/>
    public static Node Normalize(this Node src, IReadOnlyList<float> mean, IReadOnlyList<float> std, float scale = 1f / 255f, bool reverseChannels = false) =>
        src.Apply(new Normalize(mean, std, scale, reverseChannels), "normalize");
}
