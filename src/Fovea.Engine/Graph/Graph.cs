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
public sealed class Graph
{
    private Graph(string name, IReadOnlyList<Layer> layers)
    {
        Name = name;
        Layers = layers;
        Consumers = CountConsumers(layers);
    }

    /// <summary>The network's name, for messages.</summary>
    public string Name { get; }

    /// <summary>The layers, each after what it reads; the last one is the output.</summary>
    public IReadOnlyList<Layer> Layers { get; }

    /// <summary>Indices of the layers that read each layer.</summary>
    public IReadOnlyList<IReadOnlyList<int>> Consumers { get; }

    /// <summary>The last layer: the logits.</summary>
    public Layer Output => Layers[^1];

    /// <summary>Trainable values in all parameters.</summary>
    public long ParameterCount => Layers.Sum(layer => layer.Parameters.Where(p => p.IsTrained).Sum(p => p.Elements));

    /// <summary>Multiply-accumulates of one forward pass of one sample (convolutions and linear layers).</summary>
    public long Macs => Layers.Sum(layer => layer.Macs);

    /// <summary>Orders the nodes that <paramref name="output"/> needs and infers their shapes.</summary>
    /// <param name="name">The network's name, for messages.</param>
    /// <param name="output">The node that gives the logits.</param>
    /// <param name="input">The shape of one image.</param>
    /// <exception cref="FoveaException">A layer cannot take its input: names the layer, the size that it got and the smallest that would work; or two layers share a key.</exception>
    public static Graph Create(string name, Node output, TensorShape input)
    {
        List<Node> order = TopologicalOrder(output.Original);
        try
        {
            return new Graph(name, Infer(order, input));
        }
        catch (LayerException e)
        {
            throw new FoveaException($"{name} with input {input}: layer {e.Node} {e.Message}. {Cure(order, input)}", e);
        }
    }

    /// <summary>The same graph with <paramref name="op"/> applied to its output.</summary>
    internal Graph Append(OpDefinition op, string name)
    {
        TensorShape[] shapes = [Output.Output];
        Node node = Output.Node.In("").Apply(op, name);
        return new Graph(Name, [.. Layers, new Layer(Layers.Count, node, [Output.Index], op.Infer(shapes), op.Parameters(shapes), 0)]);
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

    private static List<Node> TopologicalOrder(Node output)
    {
        List<Node> order = [];
        HashSet<Node> done = [];
        Stack<(Node Node, int Next)> open = new([(output, 0)]);
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
