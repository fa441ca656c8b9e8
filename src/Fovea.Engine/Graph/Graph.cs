using Fovea.Kernels;

namespace Fovea.Engine;

/// <summary>One layer of a graph: a node with its inferred shapes and parameters.</summary>
/// <param name="Index">Position in execution order.</param>
/// <param name="Node">The node.</param>
/// <param name="Inputs">Indices of the layers that it reads.</param>
/// <param name="Output">Its result for one sample.</param>
/// <param name="Parameters">Its parameters.</param>
/// <param name="Macs">Multiply-accumulates of one forward pass of one sample.</param>
public sealed record Layer(int Index, Node Node, IReadOnlyList<int> Inputs, TensorShape Output, IReadOnlyList<ParameterSpec> Parameters, long Macs)
{
    /// <summary>The key of a parameter: "features.0.weight".</summary>
    public string KeyOf(ParameterSpec spec) => $"{Node.Name}.{spec.Suffix}";
}

/// <summary>A whole description for one input shape: layers in execution order with every shape known. Building it computes nothing.</summary>
public sealed partial class Graph
{
    private Graph(string name, IReadOnlyList<Layer> layers, int output, IReadOnlyList<AuxiliaryOutput> auxiliaries)
    {
        Name = name;
        Layers = layers;
        Output = layers[output];
        Auxiliaries = auxiliaries;
        Consumers = CountConsumers(layers);
    }

    /// <summary>The network's name, for messages.</summary>
    public string Name { get; }

    /// <summary>The layers, each after what it reads: those up to the output first, then those that only auxiliary outputs need.</summary>
    public IReadOnlyList<Layer> Layers { get; }

    /// <summary>Indices of the layers that read each layer.</summary>
    public IReadOnlyList<IReadOnlyList<int>> Consumers { get; }

    /// <summary>The layer that gives the logits.</summary>
    public Layer Output { get; }

    /// <summary>Outputs that only training has; most networks have none.</summary>
    public IReadOnlyList<AuxiliaryOutput> Auxiliaries { get; }

    /// <summary>Trainable values in all parameters, those of auxiliary outputs too.</summary>
    public long ParameterCount => Layers.Sum(layer => layer.Parameters.Where(p => p.IsTrained).Sum(p => p.Elements));

    /// <summary>Multiply-accumulates of one forward pass of one sample (convolutions and linear layers), without auxiliary outputs.</summary>
    public long Macs => Layers.Where(IsMain).Sum(layer => layer.Macs);

    /// <summary>True for a layer that the logits need; false for one that belongs to an auxiliary output alone.</summary>
    public bool IsMain(Layer layer) => layer.Index <= Output.Index;

    /// <summary>Orders the nodes that the outputs need and infers their shapes.</summary>
    /// <param name="name">The network's name, for messages.</param>
    /// <param name="output">The node that gives the logits.</param>
    /// <param name="input">The shape of one image.</param>
    /// <param name="auxiliaries">Nodes that give logits in training alone, and the weight of each one's loss; none by default.</param>
    /// <exception cref="FoveaException">A layer cannot take its input: names the layer, the size that it got and the smallest that would work; or two layers share a key.</exception>
    public static Graph Create(string name, Node output, TensorShape input, IReadOnlyList<(Node Node, float Weight)>? auxiliaries = null)
    {
        auxiliaries ??= [];
        List<Node> order = TopologicalOrder([output.Original, .. auxiliaries.Select(auxiliary => auxiliary.Node.Original)]);
        try
        {
            return new Graph(
                name, Infer(order, input), order.IndexOf(output.Original),
                [.. auxiliaries.Select(auxiliary => new AuxiliaryOutput(order.IndexOf(auxiliary.Node.Original), auxiliary.Weight))]);
        }
        catch (LayerException e)
        {
            throw new FoveaException($"{name} with input {input}: layer {e.Node} {e.Message}. {Cure(order, input)}", e);
        }
    }

    /// <summary>
    /// What a plan runs: the layers with <paramref name="loss"/> behind the output. Auxiliary outputs, each with its loss behind the main one, are there only where
    /// they are trained: an inference plan sees a graph without them, in which nothing else reads what they read.
    /// </summary>
    internal Graph ForPlan(OpDefinition? loss, bool training)
    {
        IReadOnlyList<AuxiliaryOutput> trained = training && loss is not null ? Auxiliaries : [];
        List<Layer> layers = [.. trained.Count > 0 ? Layers : Layers.Where(IsMain)];
        if (loss is not null)
            Append(layers, loss, Output, "loss");
        foreach (AuxiliaryOutput auxiliary in trained)
        {
            IAuxiliaryLoss weighted = loss as IAuxiliaryLoss
                ?? throw new InvalidOperationException($"{Name} has auxiliary outputs, behind which {loss!.Name} cannot stand: it is no {nameof(IAuxiliaryLoss)}.");
            Append(layers, weighted.Auxiliary(auxiliary.Weight), Layers[auxiliary.Layer], $"loss of {Layers[auxiliary.Layer].Node.Name}");
        }
        return new Graph(Name, layers, Output.Index, trained);
    }

    private static void Append(List<Layer> layers, OpDefinition op, Layer src, string name)
    {
        TensorShape[] shapes = [src.Output];
        layers.Add(new Layer(layers.Count, src.Node.In("").Apply(op, name), [src.Index], op.Infer(shapes), op.Parameters(shapes), 0));
    }

    private static List<Layer> Infer(List<Node> order, TensorShape input)
    {
        Dictionary<Node, int> index = new(order.Count);
        List<Layer> layers = new(order.Count);
        HashSet<string> keys = [];
        foreach (Node node in order)
        {
            int[] inputs = [.. node.Inputs.Select(source => index[source])];
            TensorShape[] shapes = inputs.Length == 0 ? [input] : [.. inputs.Select(i => layers[i].Output)];
            try
            {
                TensorShape result = node.Op.Infer(shapes);
                Layer layer = new(layers.Count, node, inputs, result, node.Op.Parameters(shapes), node.Op.Macs(shapes, result));
                foreach (ParameterSpec spec in layer.Parameters)
                {
                    if (!keys.Add(layer.KeyOf(spec)))
                        throw new FoveaException($"Two layers are called {node.Name}: a parameter's key must be its own. Name one of them differently.");
                }
                index[node] = layers.Count;
                layers.Add(layer);
            }
            catch (ShapeException e)
            {
                throw new LayerException(node, e);
            }
        }
        return layers;
    }

    /// <summary>The smallest square input that passes all layers: what a person needs to know to go on.</summary>
    private static string Cure(List<Node> order, TensorShape input)
    {
        const int Largest = 2048;
        for (int size = 1; size <= Largest; size++)
        {
            try
            {
                Infer(order, new TensorShape(input.C, size, size));
                bool tooSmall = input.H < size || input.W < size;
                return tooSmall ? $"The smallest input that works is {input.C}x{size}x{size}." : $"An input of {input.C}x{size}x{size} works.";
            }
            catch (LayerException)
            {
                // Keep looking: the error of a size that does not fit is of no interest here.
            }
        }
        return $"No square input up to {Largest} pixels works with {input.C} channels.";
    }

    private static List<Node> TopologicalOrder(IEnumerable<Node> outputs)
    {
        List<Node> order = [];
        HashSet<Node> done = [];
        // A stack: the first output's nodes come first.
        Stack<(Node Node, int Next)> open = new(outputs.Reverse().Select(output => (output, 0)));
        while (open.TryPop(out (Node Node, int Next) top))
        {
            if (done.Contains(top.Node))
                continue;
            if (top.Next < top.Node.Inputs.Count)
            {
                open.Push((top.Node, top.Next + 1));
                open.Push((top.Node.Inputs[top.Next], 0));
                continue;
            }
            done.Add(top.Node);
            order.Add(top.Node);
        }
        return order;
    }

    private static List<int>[] CountConsumers(IReadOnlyList<Layer> layers)
    {
        List<int>[] consumers = [.. layers.Select(_ => new List<int>())];
        foreach (Layer layer in layers)
        {
            foreach (int source in layer.Inputs)
                consumers[source].Add(layer.Index);
        }
        return consumers;
    }

    /// <summary>A <see cref="ShapeException"/> with the layer that threw it.</summary>
    private sealed class LayerException(Node node, ShapeException inner) : Exception(inner.Message, inner)
    {
        public Node Node { get; } = node;
    }
}
