namespace Fovea.Engine.Planning;

/// <summary>The forward pass of one layer as its op's kernels see it.</summary>
public sealed class Lowering : LoweringContext
{
    private Layer? _fused;
    private Fusion _fusion;

    internal Lowering(PlanCompiler compiler, Layer layer, Fusion fusion) : base(compiler, layer)
    {
        (ForwardIsFused, BackwardIsFused) = (fusion != Fusion.None, fusion == Fusion.BothWays);
    }

    /// <summary>True where the producer's kernel has already applied this op: the output is set, and only the backward steps remain to be recorded.</summary>
    public bool ForwardIsFused { get; }

    /// <summary>True where the producer's backward kernel does this op's too: the gradient passes through.</summary>
    public bool BackwardIsFused { get; }

    /// <summary>The result as it was set by <see cref="Output"/>, or by the producer's kernel where the op was fused.</summary>
    public Value Result => Compiler.ValueOf(Layer.Index);

    /// <summary>True where the gradient of input <paramref name="index"/> is needed by some parameter before it.</summary>
    public bool WantsInputGradient(int index) => Compiler.WantsGradient(Layer.Inputs[index]);

    /// <summary>A buffer that the caller fills before a run or reads after it, one per name.</summary>
    public Buffer Interface(string name, long bytes) => Compiler.Interface(name, bytes);

    /// <summary>Says where the layer's result is.</summary>
    public void Output(Buffer buffer, Layout layout)
    {
        Compiler.SetValue(Layer.Index, new Value(buffer, layout));
        if (_fused is not null)
            Compiler.SetFused(_fused.Index, new Value(buffer, layout), _fusion);
    }

    /// <summary>Takes the following layer into this kernel, if it is the only reader of the result and <paramref name="match"/> accepts its op.</summary>
    /// <param name="match">Accepts the op that follows.</param>
    /// <param name="backwardToo">True where this layer's backward kernel takes over the other's as well.</param>
    /// <returns>True where the kernel must now do both.</returns>
    public bool TryFuse(Predicate<OpDefinition> match, bool backwardToo = false)
    {
        IReadOnlyList<int> consumers = Compiler.Graph.Consumers[Layer.Index];
        if (consumers.Count != 1)
            return false;
        Layer next = Compiler.Graph.Layers[consumers[0]];
        if (next.Inputs.Count != 1 || !match(next.Node.Op))
            return false;
        (_fused, _fusion) = (next, backwardToo ? Fusion.BothWays : Fusion.Forward);
        return true;
    }

    /// <summary>Records how the gradient flows back through the layer. Runs later, in reverse order, and only where a gradient is needed.</summary>
    public void OnBackward(Action<BackwardLowering> backward)
    {
        if (Training)
            Compiler.Record(Layer, backward);
    }
}

/// <summary>How much of a layer its producer's kernels have taken over.</summary>
internal enum Fusion
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The forward pass.</summary>
    Forward,

    /// <summary>The forward and the backward pass.</summary>
    BothWays,
}
