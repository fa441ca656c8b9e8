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
/// <param name="common">The same blocks image by image: what kernels read that do not know this layout.</param>
/// <param name="chain">What the chain's layers share.</param>
public sealed class JointLayout(int batch, TensorShape shape, int block, Layout common, JointChain chain) : Layout
{
    /// <summary>Images, pixels and block as kernels take them.</summary>
    public JointShape Joint { get; } = new(batch, shape.H * shape.W, block);

    /// <summary>Channels of the prefix.</summary>
    public int Channels => shape.C;

    /// <summary>What the chain's layers share.</summary>
    public JointChain Chain => chain;

    /// <summary>The name of the kernels that read it, for reports.</summary>
    public string Kernel { get; } = $"managed joint, blocks of {block}";

    /// <inheritdoc/>
    public override Layout Common => common;

    /// <inheritdoc/>
    public override long Bytes => Joint.Values(shape.C) * sizeof(float);

    /// <inheritdoc/>
    public override Precision Precision => Precision.Float32;

    /// <inheritdoc/>
    public override string Tag => $"joint{block}";

    /// <inheritdoc/>
    public override bool Equals(Layout? other) => other is JointLayout joint && joint.Joint == Joint && joint.Channels == Channels;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Joint, Channels);

    /// <summary>A step that copies a whole tensor between this layout and its common one; null for any other pair.</summary>
    public static Step? Reorder(LoweringContext context, string what, Value from, Value to)
    {
        WorkerTeam team = context.Team;
        (JointLayout joint, Action run) = (from.Layout, to.Layout) switch
        {
            (JointLayout source, _) when source.Common.Equals(to.Layout) =>
                (source, () => JointRows.Take(team, source.Joint, source.Channels, from.Buffer.Floats, 0, to.Buffer.Floats)),
            (_, JointLayout target) when target.Common.Equals(from.Layout) =>
                (target, () => JointRows.Place(team, target.Joint, target.Channels, from.Buffer.Floats, 0, to.Buffer.Floats)),
            _ => default((JointLayout, Action)),
        };
        string work = $"reorder {what} {from.Layout.Tag} -> {to.Layout.Tag}";
        return joint is null ? null : new ManagedStep(context.Layer.Node.Name, work, "managed", [from.Buffer], [to.Buffer], run);
    }
}

/// <summary>What the layers of a chain of concatenations share: the buffer, and the batch's statistics of the channels that lie in it.</summary>
/// <param name="data">The joint buffer.</param>
/// <param name="mean">Each channel's mean, for whoever normalises.</param>
/// <param name="variance">Each channel's biased variance.</param>
/// <param name="layers">The concatenations in order, as indices of the graph's layers.</param>
public sealed class JointChain(Buffer data, Buffer mean, Buffer variance, IReadOnlyList<int> layers)
{
    /// <summary>The joint buffer.</summary>
    public Buffer Data => data;

    /// <summary>Each channel's mean over the batch.</summary>
    public Buffer Mean => mean;

    /// <summary>Each channel's biased variance over the batch.</summary>
    public Buffer Variance => variance;

    /// <summary>The concatenations in order, as indices of the graph's layers.</summary>
    public IReadOnlyList<int> Layers => layers;

    /// <summary>Channels whose statistics have a step already: they do not change once a channel is placed.</summary>
    public int Measured { get; set; }
}
