namespace Fovea.Engine;

/// <content>The same network in an order that takes less work.</content>
public sealed partial class Graph
{
    // A mean over fewer pixels than this factor saves would cost what it spares: it then runs over the map's source, which may have more channels than its result.
    private const int LeastReduction = 2;

    /// <summary>
    /// What plans run: a mean that follows a pointwise map and leaves fewer pixels is taken first, and the map then computes only what is left (DenseNet's transitions: a 1x1
    /// convolution and a 2x2 average, a quarter of the work in every pass). Values are the same but for rounding; a layer keeps its name, its parameters and what is counted as
    /// its arithmetic. The graph itself where there is nothing to exchange.
    /// </summary>
    public Graph Planned()
    {
        Layer[] layers = [.. Layers];
        bool changed = false;
        for (int i = 0; i + 1 < layers.Length; i++)
        {
            if (!MayExchange(Layers[i], Layers[i + 1]))
                continue;
            (Layer map, Layer mean) = (Layers[i], Layers[i + 1]);
            layers[i] = mean with { Index = i, Inputs = map.Inputs, Output = mean.Node.Op.Infer([Layers[map.Inputs[0]].Output]) };
            layers[i + 1] = map with { Index = i + 1, Inputs = [i], Output = mean.Output };
            changed = true;
            i++;
        }
        return changed ? new Graph(Name, layers, Output.Index, Auxiliaries) : this;
    }

    private bool MayExchange(Layer map, Layer mean) => map.Node.Op.IsPointwiseMap && mean.Node.Op.IsMean && mean.Inputs is [int source] && source == map.Index
        && Consumers[map.Index].Count == 1 && map != Output && Auxiliaries.All(auxiliary => auxiliary.Layer != map.Index)
        && (long)LeastReduction * mean.Output.H * mean.Output.W <= (long)map.Output.H * map.Output.W;
}
