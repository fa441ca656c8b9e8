using Fovea.Engine.Planning;
using Fovea.Kernels;
using Buffer = Fovea.Engine.Planning.Buffer;

namespace Fovea.Engine.Backends;

/// <summary>
/// The gradient of a joint tensor while its readers add to it: values in the joint order, and per channel an offset and a slope over the tensor's own deviation from
/// its mean, which are part of the gradient wherever it is read (see JointNormKernels.Backward). No two of them are equal.
/// </summary>
/// <param name="joint">The tensor's layout.</param>
/// <param name="offset">float32, one per channel.</param>
/// <param name="slope">float32, one per channel.</param>
public sealed class JointGradientLayout(JointLayout joint, Buffer offset, Buffer slope) : Layout
{
    /// <summary>The tensor's layout.</summary>
    public JointLayout Joint => joint;

    /// <summary>What is added to every value of a channel.</summary>
    public Buffer Offset => offset;

    /// <summary>What is added to every value of a channel per unit of its deviation from the mean.</summary>
    public Buffer Slope => slope;

    /// <inheritdoc/>
    public override Layout Common => joint.Common;

    /// <inheritdoc/>
    public override Precision Precision => joint.Precision;

    /// <inheritdoc/>
    public override long Bytes => joint.Bytes;

    /// <inheritdoc/>
    public override string Tag => $"{joint.Tag} gradient";

    /// <inheritdoc/>
    public override bool Equals(Layout? other) => ReferenceEquals(this, other);

    /// <inheritdoc/>
    public override int GetHashCode() => offset.GetHashCode();

    /// <summary>Memory for the gradient of a tensor; whoever writes it first writes offsets and slopes too.</summary>
    /// <param name="context">The layer that writes it first.</param>
    /// <param name="joint">The tensor's layout.</param>
    public static Value Begin(LoweringContext context, JointLayout joint)
    {
        long channels = joint.Channels * (long)sizeof(float);
        JointGradientLayout layout = new(
            joint, context.Allocate("d src offset", channels, BufferKind.ActivationGradient), context.Allocate("d src slope", channels, BufferKind.ActivationGradient));
        return new Value(context.Allocate("d src", layout.Bytes, BufferKind.ActivationGradient), layout);
    }

    /// <summary>The same memory as the gradient of the first channels alone.</summary>
    public JointGradientLayout Prefix(JointLayout of) => new(of, offset, slope);

    /// <summary>Takes the whole gradient of some channels out of <paramref name="from"/>.</summary>
    /// <returns>The work, and what it reads.</returns>
    public (Action Run, Buffer[] Reads) Take(WorkerTeam team, Buffer from, int first, int channels, Buffer to)
    {
        (JointShape shape, Buffer data, Buffer mean) = (joint.Joint, joint.Chain.Data, joint.Chain.Mean);
        Action run = Precision == Precision.BFloat16
            ? () => JointNormKernels.TakeGradient(
                team, shape, first, channels, data.Span<ushort>(), mean.Floats, from.Span<ushort>(), offset.Floats, slope.Floats, to.Span<ushort>())
            : () => JointNormKernels.TakeGradient(team, shape, first, channels, data.Floats, mean.Floats, from.Floats, offset.Floats, slope.Floats, to.Floats);
        return (run, [from, data, mean, offset, slope]);
    }
}
