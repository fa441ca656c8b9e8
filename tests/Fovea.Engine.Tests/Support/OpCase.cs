using System.Text.Json;
using Fovea.Engine.Ops;

namespace Fovea.Engine.Tests;

/// <summary>One row of tests/goldens/ops.json.</summary>
internal sealed record OpCase(string Name, string Op, int[] Input, JsonElement Args)
{
    public static IReadOnlyList<OpCase> All { get; } = Load();

    public int Batch => Input[0];

    /// <summary>Shape of one sample; two dimensions mean a vector.</summary>
    public TensorShape Shape => Input.Length == 2 ? TensorShape.Flat(Input[1]) : new TensorShape(Input[1], Input[2], Input[3]);

    /// <summary>Shapes of further inputs; they share the first one's batch.</summary>
    public TensorShape[] Others => Args.TryGetProperty("others", out JsonElement others)
        ? [.. others.EnumerateArray().Select(dims => new TensorShape(dims[0].GetInt32(), dims[1].GetInt32(), dims[2].GetInt32()))]
        : [];

    /// <summary>True where a step over a kink of a ReLU changes the gradient.</summary>
    public bool HasKink => Op == "relu" || Fused;

    /// <summary>True where a ReLU follows that kernels may take over.</summary>
    public bool Fused => Args.TryGetProperty("relu", out JsonElement relu) && relu.GetBoolean();

    /// <summary>The op applied to its inputs; null for what is no ordinary op on tensors. The layer with parameters is called "op".</summary>
    public Node? Apply(Node[] inputs)
    {
        if (Args.TryGetProperty("layout", out JsonElement layout))
            inputs = [.. inputs.Select((input, i) => input.Apply(new Relayout(layout.GetString()!), $"relayout{i}"))];
        Node? node = ApplyOp(inputs[0], inputs.AsSpan(1));
        return Fused && Op != "densechain" ? node?.ReLU() : node;
    }

    private Node? ApplyOp(Node src, ReadOnlySpan<Node> others) => Op switch
    {
        "batchnorm2d" => src.Apply(new BatchNorm2d(Number("epsilon"), Number("momentum")), "op"),
        "densechain" => DenseChain(src, others),
        "add" => src.Add(others[0]),
        "residual" => Residual(src.Add(others[0], "start").ReLU()),
        "concat" => src.Concat(others),
        "identityshortcut" => src.IdentityShortcut(Int("outChannels"), Int("step")),
        "conv2d" => src.Apply(Conv2d, "op"),
        "maxpool2d" => src.Apply(new MaxPool2d(Pair("kernel"), Pair("stride"), Sides("padding"), Round()), "op"),
        "avgpool2d" => src.Apply(new AvgPool2d(Pair("kernel"), Pair("stride"), Sides("padding"), Round(), Flag("countIncludePad")), "op"),
        "globalavgpool" => src.GlobalAvgPool(),
        "relu" => src.ReLU(),
        "sigmoid" => src.Sigmoid(),
        "tanh" => src.Tanh(),
        "gelu" => src.GELU(),
        "scale" => src.Scale(Number("factor")),
        "lrn" => src.LocalResponseNorm(Int("size"), Number("alpha"), Number("beta"), Number("k")),
        "linear" => src.Apply(new Linear(Int("outFeatures"), Flag("bias")), "op"),
        "flatten" => src.Flatten(),
        _ => null,
    };

    /// <summary>Two concatenations, each normalised for a reader of its own; the first reader may come before or behind the second concatenation.</summary>
    private Node DenseChain(Node src, ReadOnlySpan<Node> others)
    {
        Node first = src.Concat(others[0]), whole = first.Concat(others[1]);
        Node normed = first.Apply(new BatchNorm2d(Number("epsilon"), Number("momentum")), "first"), op = whole.Apply(new BatchNorm2d(Number("epsilon"), Number("momentum")), "op");
        (Node left, Node right) = Fused ? (normed.ReLU(), op.ReLU()) : (normed, op);
        // Of a node's inputs the first is planned first.
        return Args.TryGetProperty("late", out _) ? right.Concat(left) : left.Concat(right);
    }

    /// <summary>The end of a residual block; in the order in which the sum names its terms they are computed.</summary>
    private Node Residual(Node x)
    {
        Node y = x.Sigmoid().Apply(Conv2d, "op");
        return Args.GetProperty("shortcut").GetString() switch
        {
            "read again" => y.Add(x).ReLU().Add(x, "again"),
            "computed before" => x.Tanh().Add(y),
            "computed after" => y.Add(x.Tanh()),
            _ => y.Add(x),
        };
    }

    public float[] Floats(string name) => [.. Args.GetProperty(name).EnumerateArray().Select(e => e.GetSingle())];

    public int Int(string name) => Args.GetProperty(name).GetInt32();

    private Conv2d Conv2d => new(Int("outChannels"), Pair("kernel"), Pair("stride"), Sides("padding"), Int("groups"), Flag("bias"));

    private float Number(string name) => Args.GetProperty(name).GetSingle();

    private bool Flag(string name) => Args.GetProperty(name).GetBoolean();

    private Rounding Round() => Flag("ceil") ? Rounding.Up : Rounding.Down;

    private (int, int) Pair(string name) => (Args.GetProperty(name)[0].GetInt32(), Args.GetProperty(name)[1].GetInt32());

    private Padding Sides(string name)
    {
        JsonElement sides = Args.GetProperty(name);
        return new Padding(sides[0].GetInt32(), sides[1].GetInt32(), sides[2].GetInt32(), sides[3].GetInt32());
    }

    private static List<OpCase> Load()
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(Goldens.Path("ops.json")));
        return
        [
            .. document.RootElement.EnumerateArray().Select(e => new OpCase(
                e.GetProperty("name").GetString()!, e.GetProperty("op").GetString()!,
                [.. e.GetProperty("input").EnumerateArray().Select(d => d.GetInt32())], e.GetProperty("args").Clone())),
        ];
    }
}
