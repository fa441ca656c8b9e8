using Fovea.Engine.Planning;
using Fovea.Kernels;
using Buffer = Fovea.Engine.Planning.Buffer;

namespace Fovea.Engine.Backends;

/// <summary>
/// The first channels of a joint buffer, into which a chain of concatenations puts its parts one behind the other (docs/decisions/0008). Channel blocks lie outermost,
/// so every prefix of channels is one piece at the buffer's beginning, and the buffer may hold more than this layout speaks of.
/// </summary>
/// <param name="batch">Images.</param>
/// <param name="shape">One image of the prefix.</param>
/// <param name="block">Channels that lie beside each other.</param>
/// <param name="common">The same values image by image, in the same type: what kernels read that do not know this layout.</param>
/// <param name="chain">What the chain's layers share.</param>
public sealed class JointLayout(int batch, TensorShape shape, int block, Layout common, JointChain chain) : Layout
{
    /// <summary>Images, pixels and block as kernels take them, and how the common layout lies.</summary>
    public JointShape Joint { get; } = new(batch, shape.H * shape.W, block, common is PlainLayout { ChannelsLast: true });

    /// <summary>Channels of the prefix.</summary>
    public int Channels => shape.C;

    /// <summary>What the chain's layers share.</summary>
    public JointChain Chain => chain;

    /// <summary>The name of the kernels that read it, for reports.</summary>
    public string Kernel { get; } = $"managed joint, blocks of {block}";

    /// <inheritdoc/>
    public override Layout Common => common;

    /// <inheritdoc/>
    public override long Bytes => Joint.Values(shape.C) * Precision.Bytes();

    /// <inheritdoc/>
    public override Precision Precision => common.Precision;

    /// <inheritdoc/>
    public override string Tag => $"joint{block}" + (Precision == Precision.Float32 ? "" : $" {Precision.Name()}");

    /// <inheritdoc/>
    public override bool Equals(Layout? other) => other is JointLayout joint && joint.Channels == Channels && joint.Joint == Joint && joint.Precision == Precision;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Joint, Channels, Precision);

    /// <summary>Puts a dense tensor of <paramref name="channels"/> channels into a joint buffer, from channel <paramref name="first"/> on.</summary>
    public Action Place(WorkerTeam team, int channels, Buffer from, int first, Buffer to) => Precision == Precision.BFloat16
        ? () => JointRows.Place(team, Joint, channels, from.Span<ushort>(), first, to.Span<ushort>())
        : () => JointRows.Place(team, Joint, channels, from.Floats, first, to.Floats);

    /// <summary>Takes all channels out of a joint buffer.</summary>
    private Action Take(WorkerTeam team, Buffer from, Buffer to) => Precision == Precision.BFloat16
        ? () => JointRows.Take(team, Joint, Channels, from.Span<ushort>(), 0, to.Span<ushort>())
        : () => JointRows.Take(team, Joint, Channels, from.Floats, 0, to.Floats);

    /// <summary>A step that copies a whole tensor between a joint layout and its common one; null for any other pair.</summary>
    public static Step? Reorder(LoweringContext context, string what, Value from, Value to)
    {
        WorkerTeam team = context.Team;
        (Action? run, Buffer[] reads) = (from.Layout, to.Layout) switch
        {
            (JointGradientLayout source, _) when source.Common.Equals(to.Layout) => source.Take(team, from.Buffer, 0, source.Joint.Channels, to.Buffer),
            (JointLayout source, _) when source.Common.Equals(to.Layout) => (source.Take(team, from.Buffer, to.Buffer), [from.Buffer]),
            (_, JointLayout target) when target.Common.Equals(from.Layout) => (target.Place(team, target.Channels, from.Buffer, 0, to.Buffer), [from.Buffer]),
            _ => default((Action?, Buffer[])),
        };
        string work = $"reorder {what} {from.Layout.Tag} -> {to.Layout.Tag}";
        return run is null ? null : new ManagedStep(context.Layer.Node.Name, work, "managed", reads, [to.Buffer], run);
    }
}
