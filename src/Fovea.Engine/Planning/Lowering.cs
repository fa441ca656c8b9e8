namespace Fovea.Engine.Planning;

/// <summary>The forward pass of one layer as its op's kernels see it.</summary>
public sealed class Lowering : LoweringContext
{
    private readonly List<(Layer Layer, Fusion How)> _fused = [];

    internal Lowering(PlanCompiler compiler, Layer layer, Fusion fusion) : base(compiler, layer)
    {
        (ForwardIsFused, BackwardIsFused) = (fusion != Fusion.None, fusion == Fusion.BothWays);
    }

    /// <summary>True where the producer's kernel has already applied this op: the output is set, and only the backward steps remain to be recorded.</summary>
    public bool ForwardIsFused { get; }

    /// <summary>True where the producer's backward kernel does this op's too: the gradient passes through.</summary>
    public bool BackwardIsFused { get; }

    /// <summary>True where the gradient of input <paramref name="index"/> is needed by some parameter before it.</summary>
    public bool WantsInputGradient(int index) => Compiler.WantsGradient(Layer.Inputs[index]);

    /// <summary>A buffer that the caller fills before a run or reads after it, one per name.</summary>
    public Buffer Interface(string name, long bytes) => Compiler.Interface(name, bytes);

    /// <summary>Says where the layer's result is.</summary>
    public void Output(Buffer buffer, Layout layout)
    {
        Compiler.SetValue(Layer.Index, new Value(buffer, layout));
        foreach ((Layer fused, Fusion how) in _fused)
            Compiler.SetFused(fused.Index, Layer.Index, new Value(buffer, layout), how);
    }

    /// <summary>
    /// Takes the following layer into this kernel, if it is the only reader of the result and <paramref name="match"/> accepts its op. Asked again, it looks at the
    /// layer behind the one that was taken last.
    /// </summary>
    /// <param name="match">Accepts the op that follows.</param>
    /// <param name="backwardToo">True where this layer's backward kernel takes over the other's as well.</param>
    /// <returns>True where the kernel must now do both.</returns>
    public bool TryFuse(Predicate<OpDefinition> match, bool backwardToo = false)
    {
        IReadOnlyList<int> consumers = Compiler.Graph.Consumers[LastFused.Index];
        if (consumers.Count != 1)
            return false;
        Layer next = Compiler.Graph.Layers[consumers[0]];
        if (next.Inputs.Count != 1 || !match(next.Node.Op))
            return false;
        _fused.Add((next, backwardToo ? Fusion.BothWays : Fusion.Forward));
        return true;
    }

    /// <summary>
    /// Takes the following sum of two tensors into this kernel of an inference plan, which then adds its result to what its destination holds. The other tensor
    /// must be there already, and nobody may read it after this layer: <see cref="TakeOver"/> gives its memory to the kernel.
    /// </summary>
    /// <param name="match">Accepts the op that follows: a sum.</param>
    /// <returns>The other tensor; null where the sum stays a step of its own.</returns>
    public Value? TryFuseSum(Predicate<OpDefinition> match)
    {
        IReadOnlyList<int> consumers = Compiler.Graph.Consumers[LastFused.Index];
        if (Training || consumers.Count != 1)
            return null;
        Layer sum = Compiler.Graph.Layers[consumers[0]];
        if (sum.Inputs.Count != 2 || !match(sum.Node.Op))
            return null;
        int other = sum.Inputs[0] == LastFused.Index ? sum.Inputs[1] : sum.Inputs[0];
        if (!Compiler.MayOverwrite(other, Layer.Index, sum.Index))
            return null;
        _fused.Add((sum, Fusion.Forward));
        return Compiler.ValueOf(other);
    }

    /// <summary>The memory of a tensor from <see cref="TryFuseSum"/> in the layout of the kernel, which may overwrite it.</summary>
    public Buffer TakeOver(Value value, Layout layout) => Compiler.TakeOver(this, value, layout);

    /// <summary>Gives back what was fused: no kernel does it all.</summary>
    public void Unfuse() => _fused.Clear();

    /// <summary>The gradient of the result may come in two parts that the backward kernel adds up itself: <see cref="BackwardLowering.DiffDstParts"/>.</summary>
    public void TakeGradientInParts()
    {
        Compiler.KeepParts(Layer.Index);
        foreach ((Layer fused, _) in _fused)
            Compiler.KeepParts(fused.Index);
    }

    /// <summary>A parameter of the layer that was fused last; null where it has none of this suffix.</summary>
    public Parameter? FusedParameter(string suffix) => Compiler.Parameters.Find($"{LastFused.Node.Name}.{suffix}");

    /// <summary>
    /// What <paramref name="step"/> writes is kept from run to run of an inference plan, and made anew only when one of <paramref name="parameters"/> has changed.
    /// </summary>
    public void KeepRefreshed(IReadOnlyList<Parameter> parameters, Step step) => Compiler.KeepRefreshed(parameters, step);

    /// <summary>What was computed from <paramref name="parameters"/> alone, in the layout of a kernel of an inference plan; refreshed like its source.</summary>
    public Buffer RefreshedCopy(IReadOnlyList<Parameter> parameters, Value source, Layout wanted)
    {
        if (source.Layout.Equals(wanted))
            return source.Buffer;
        Buffer copy = Allocate($"{source.Buffer.Name} {wanted.Tag}", wanted.Bytes, BufferKind.KernelCopy);
        Compiler.KeepRefreshed(parameters, Compiler.Reorder(this, source.Buffer.Name, source, new Value(copy, wanted)));
        return copy;
    }

    private Layer LastFused => _fused.Count == 0 ? Layer : _fused[^1].Layer;

    /// <summary>The layer does nothing in this plan: its result is its input, and the gradient goes back as it is.</summary>
    public void PassThrough()
    {
        Value src = Stored(0);
        Output(src.Buffer, src.Layout);
        HandGradientOn();
    }

    /// <summary>
    /// Says that the backward pass need not find <paramref name="result"/> in memory: whoever asks for it there gets what <paramref name="again"/> emits. Kernels that
    /// hold on to the buffer itself keep it alive.
    /// </summary>
    /// <param name="result">The layer's result.</param>
    /// <param name="again">Emits the steps that compute it anew into a buffer that it returns; everything that they read is kept.</param>
    public void Recomputed(Buffer result, Func<Buffer> again)
    {
        if (Training)
            Compiler.Recomputation.Offer(result, again);
    }

    /// <summary>The gradient goes back as it is.</summary>
    public void HandGradientOn() => OnBackward(backward => backward.HandOn());

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
