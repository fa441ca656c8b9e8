namespace Fovea.Engine;

/// <summary>
/// One op applied to the results of others: an immutable description. The fluent methods that make nodes (<c>Conv2d</c>, <c>ReLU</c>, ...) stand beside their ops.
/// </summary>
/// <remarks>
/// A node carries the naming scope in which the next one is made: <c>x.In("features").Conv2d(96, 11).ReLU()</c> makes "features.0" and "features.1", so that
/// keys come out as PyTorch's nn.Sequential counts them.
/// </remarks>
public sealed class Node
{
    private readonly string _scope;
    private readonly int _next;

    private Node(OpDefinition op, IReadOnlyList<Node> inputs, string name, string scope, int next)
    {
        Op = op;
        Inputs = inputs;
        Name = name;
        _scope = scope;
        _next = next;
    }

    /// <summary>What is done.</summary>
    public OpDefinition Op { get; }

    /// <summary>On what.</summary>
    public IReadOnlyList<Node> Inputs { get; }

    /// <summary>The layer's name and the prefix of its parameters' keys: "features.0".</summary>
    public string Name { get; }

    /// <summary>A node without inputs that opens a description.</summary>
    public static Node Source(OpDefinition op, string name) => new(op, [], name, "", 0);

    /// <summary>The same value, with the following layers counted from 0 under <paramref name="scope"/>.</summary>
    public Node In(string scope) => new(Op, Inputs, Name, scope, 0) { Original = Original };

    /// <summary>Applies <paramref name="op"/> to this value (and <paramref name="others"/>).</summary>
    /// <param name="op">What to do.</param>
    /// <param name="name">Name inside the scope; null takes the scope's next number.</param>
    /// <param name="others">Further inputs.</param>
    public Node Apply(OpDefinition op, string? name = null, params ReadOnlySpan<Node> others)
    {
        Node[] inputs = new Node[others.Length + 1];
        inputs[0] = Original;
        for (int i = 0; i < others.Length; i++)
            inputs[i + 1] = others[i].Original;
        string local = name ?? $"{_next}";
        return new Node(op, inputs, _scope.Length == 0 ? local : $"{_scope}.{local}", _scope, name is null ? _next + 1 : _next);
    }

    /// <summary>The node itself; <see cref="In"/> makes handles on the same value, and the graph sees through them.</summary>
    internal Node Original { get => field ?? this; private init; }

    /// <summary>"features.0 (Conv2d 96, 11x11, stride 4)".</summary>
    public override string ToString() => Op.Details.Length == 0 ? $"{Name} ({Op.Name})" : $"{Name} ({Op.Name} {Op.Details})";
}
