using Buffer = Fovea.Engine.Planning.Buffer;

namespace Fovea.Engine.Backends;

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
