using Fovea.Kernels;

namespace Fovea.Engine.Planning;

/// <summary>
/// Turns a graph into a program: asks the backends for each layer's kernels, derives the backward steps in reverse order, adds up gradients where a result has
/// several readers, and leaves what follows from a parameter's gradient to <see cref="ParameterUpdates"/>.
/// </summary>
public sealed partial class PlanCompiler
{
    private readonly IReadOnlyList<Backend> _backends;
    private readonly List<Step> _steps = [];
    private readonly List<Buffer> _buffers = [];
    private readonly Dictionary<string, Buffer> _interfaces = [];
    private readonly Value?[] _values;
    private readonly Value?[] _gradients;
    private readonly Fusion[] _fused;
    private readonly bool[] _wantsGradient;
    private readonly Dictionary<(Buffer, Layout), Buffer> _reordered = [];
    private readonly Dictionary<(Parameter, Layout), Buffer> _copyBuffers = [];
    private readonly List<KernelCopy> _copies = [];
    private readonly HashSet<Parameter> _halves = [];
    private readonly List<(Layer Layer, Action<BackwardLowering> Backward)> _tape = [];
    private readonly ParameterUpdates _updates;
    private readonly Dictionary<int, int> _fusedInto = [];
    private readonly List<KernelChoice> _choices = [];
    private KernelChoice? _choice;
    private int _layer = -1;
    private StepPhase _phase = StepPhase.Forward;
    private string? _declined;

    private PlanCompiler(Graph graph, ParameterSet parameters, PlanOptions options, IReadOnlyList<Backend> backends, WorkerTeam team, StepState state, Precision precision,
        IKernelChoices? choices)
    {
        (Precision, Choices) = (precision, choices);
        Graph = graph;
        Parameters = parameters;
        Options = options;
        Team = team;
        State = state;
        _backends = backends;
        _updates = new ParameterUpdates(this);
        _values = new Value?[graph.Layers.Count];
        _gradients = new Value?[graph.Layers.Count];
        _fused = new Fusion[graph.Layers.Count];
        _wantsGradient = new bool[graph.Layers.Count];
        foreach (Layer layer in graph.Layers)
        {
            bool own = layer.Parameters.Any(spec => parameters[layer.KeyOf(spec)].Trainable);
            _wantsGradient[layer.Index] = own || layer.Inputs.Any(i => _wantsGradient[i]);
        }
    }

    internal Graph Graph { get; }

    internal Precision Precision { get; }

    internal IKernelChoices? Choices { get; }

    internal ParameterSet Parameters { get; }

    internal PlanOptions Options { get; }

    internal WorkerTeam Team { get; }

    internal StepState State { get; }

    /// <summary>Compiles <paramref name="graph"/> for one batch size and mode.</summary>
    /// <param name="graph">The network.</param>
    /// <param name="parameters">Its parameters.</param>
    /// <param name="options">Batch, mode, loss, update.</param>
    /// <param name="backends">Sources of kernels, the preferred one first; the last must take every op.</param>
    /// <param name="team">Threads of managed kernels.</param>
    /// <param name="state">What changes from step to step.</param>
    /// <param name="precision">Of activations and their gradients; anything but float32 needs a backend that copies between the types.</param>
    /// <param name="choices">Which of several kernels to take; null leaves it to the ops' rules.</param>
    public static PlanProgram Compile(
        Graph graph, ParameterSet parameters, PlanOptions options, IReadOnlyList<Backend> backends, WorkerTeam team, StepState state, Precision precision,
        IKernelChoices? choices = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Batch, 1);
        Graph whole = graph.ForPlan(options.Loss, options.Training);
        PlanCompiler compiler = new(whole, parameters, options, backends, team, state, precision, choices);
        compiler.LowerForward();
        Buffer logits = compiler.KeepLogits(graph.Output.Index);
        if (options.Training)
            compiler.LowerBackward();
        compiler.KeepCopies();
        return new PlanProgram
        {
            Steps = compiler._steps,
            Copies = compiler._copies,
            Buffers = compiler._buffers,
            Interfaces = compiler._interfaces,
            Updates = compiler._updates.Separate,
            Values = [.. whole.Layers.Where(layer => layer.Inputs.Count > 0).Select(layer => (layer, compiler.ValueOf(layer.Index)))],
            Parameters = [.. whole.Layers.SelectMany(layer => layer.Parameters.Select(spec => parameters[layer.KeyOf(spec)]))],
            Logits = logits,
            FusedInto = compiler._fusedInto,
            Choices = compiler._choices,
            Gradients = options.KeepGradients ? compiler._updates.Gradients : new Dictionary<Parameter, Buffer>(),
        };
    }

    internal Value ValueOf(int layer)
    {
        Value value = _values[layer] ?? throw new InvalidOperationException($"Layer {Graph.Layers[layer].Node} has no value yet.");
        return _phase == StepPhase.Backward ? Recomputation.Current(value) : value;
    }

    internal Value GradientOf(int layer) => GradientParts(layer) is { Second: null } gradient
        ? gradient.First
        : throw new InvalidOperationException($"The gradient of layer {Graph.Layers[layer].Node} comes in parts: ask for them.");

    internal bool WantsGradient(int layer) => _wantsGradient[layer];

    internal void SetValue(int layer, Value value)
    {
        _values[layer] = value;
        value.Buffer.LayoutTag ??= value.Layout.Tag;
    }

    internal void SetFused(int layer, int into, Value value, Fusion fusion)
    {
        _fusedInto[layer] = into;
        _values[layer] = value;
        _fused[layer] = fusion;
    }

    /// <summary>Writes a choice down; the steps that the layer emits from now on follow it.</summary>
    internal void Note(KernelChoice choice) => _choices.Add(_choice = choice);

    internal void Record(Layer layer, Action<BackwardLowering> backward) => _tape.Add((layer, backward));

    internal Buffer Register(Buffer buffer)
    {
        buffer.LayerIndex = _layer;
        _buffers.Add(buffer);
        return buffer;
    }

    internal Buffer Interface(string name, long bytes)
    {
        if (!_interfaces.TryGetValue(name, out Buffer? buffer))
            _interfaces[name] = buffer = Register(new Buffer(name, bytes, BufferKind.Interface, persistent: true));
        return buffer;
    }

    internal void Emit(Step step)
    {
        (step.Phase, step.LayerIndex) = (_phase, _layer);
        (step.Declined, step.Choice) = (_declined, _choice);
        _steps.Add(step);
    }

    internal Buffer InLayout(LoweringContext context, int layer, Layout layout) => InLayout(context, ValueOf(layer), layout, BufferKind.Activation);

    internal Buffer GradientInLayout(LoweringContext context, int layer, Layout layout) =>
        InLayout(context, GradientOf(layer), layout, BufferKind.ActivationGradient);

    internal void AddGradient(BackwardLowering context, int layer, Value gradient)
    {
        if (!_wantsGradient[layer])
            return;
        gradient.Buffer.LayoutTag ??= gradient.Layout.Tag;
        if (_gradients[layer] is not { } sum)
        {
            _gradients[layer] = gradient;
            return;
        }
        if (TryKeepPart(layer, gradient))
            return;
        // Layouts that only some kernels know are left as they are, since others may hold the same memory.
        sum = new Value(InLayout(context, sum, sum.Layout.Common, BufferKind.ActivationGradient), sum.Layout.Common);
        Buffer added = InLayout(context, gradient, sum.Layout, BufferKind.ActivationGradient);
        Buffer target = context.Allocate("gradient sum", sum.Layout.Bytes, BufferKind.ActivationGradient);
        context.EmitManaged("add gradients", [sum.Buffer, added], [target], Sum(sum, added, target), (sum.Buffer, target));
        _gradients[layer] = new Value(target, sum.Layout);
    }

    /// <summary>A joint buffer may be larger than the layout that speaks of its beginning.</summary>
    private Action Sum(Value sum, Buffer added, Buffer target)
    {
        (WorkerTeam team, int count) = (Team, (int)(sum.Layout.Bytes / sum.Layout.Precision.Bytes()));
        return sum.Layout.Precision == Precision.BFloat16
            ? () => BFloat16.Add(team, sum.Buffer.Span<ushort>()[..count], added.Span<ushort>()[..count], target.Span<ushort>())
            : () => Elementwise.Add(team, sum.Buffer.Floats[..count], added.Floats[..count], target.Floats);
    }

    internal ParameterUpdates Updates => _updates;

    internal Buffer GradientFor(BackwardLowering context, Parameter parameter) => _updates.GradientFor(context, parameter);

    internal Buffer KernelCopy(LoweringContext context, Parameter parameter, Layout master, Layout wanted)
    {
        if (master.Equals(wanted))
            return parameter.Master;
        if (!Options.Training && _copyBuffers.TryGetValue((parameter, wanted), out Buffer? existing))
            return existing;
        Buffer copy = context.Allocate($"{parameter.Spec.Suffix} {wanted.Tag}", wanted.Bytes, BufferKind.KernelCopy);
        Step step = Reorder(context, parameter.Spec.Suffix, new Value(parameter.Master, master), new Value(copy, wanted));
        if (Options.Training)
        {
            Emit(step);
            return copy;
        }
        _copyBuffers.Add((parameter, wanted), copy);
        KeepRefreshed([parameter], step);
        return copy;
    }

    internal Buffer Half(LoweringContext context, Parameter parameter)
    {
        Buffer half = parameter.Half;
        if (_halves.Add(parameter))
        {
            WorkerTeam team = Team;
            KeepRefreshed([parameter], new ManagedStep(
                context.Layer.Node.Name, $"{parameter.Spec.Suffix} -> bf16", "managed", [parameter.Master], [half], () => parameter.RefreshHalf(team)));
        }
        return half;
    }

    /// <summary>What <paramref name="step"/> writes is made anew when one of the parameters has changed; what the plan's steps read of it is kept from run to run.</summary>
    internal void KeepRefreshed(IReadOnlyList<Parameter> parameters, Step step)
    {
        (step.Phase, step.LayerIndex) = (StepPhase.Refresh, _layer);
        _copies.Add(new KernelCopy(parameters, step));
    }

    /// <summary>Copies that steps read stay; what they were made through (folded weights in plain order, scratch) is free for the run.</summary>
    private void KeepCopies()
    {
        HashSet<Buffer> read = [.. _steps.Concat(_updates.Separate).SelectMany(step => step.Reads)];
        foreach (Buffer buffer in _copies.SelectMany(copy => copy.Step.Writes).Where(read.Contains))
            buffer.Persistent = true;
    }

    private void LowerForward()
    {
        foreach (Layer layer in Graph.Layers)
        {
            _layer = layer.Index;
            List<string> reasons = [];
            foreach (Backend backend in _backends)
            {
                _declined = reasons.Count == 0 ? null : string.Join("; ", reasons);
                string? declined = backend.Lower(layer.Node.Op, new Lowering(this, layer, _fused[layer.Index]));
                if (declined is null)
                    break;
                reasons.Add($"{backend.Name}: {declined}");
            }
            (_declined, _choice) = (null, null);
            if (_values[layer.Index] is null)
                throw new FoveaException($"No backend takes layer {layer.Node}: {string.Join("; ", reasons)}. Use --backend auto or managed.");
        }
    }

    private Buffer KeepLogits(int output)
    {
        Value value = ValueOf(output);
        PlainLayout plain = PlainLayout.Nchw(Options.Batch, Graph.Layers[output].Output);
        Buffer logits = InLayout(new Lowering(this, Graph.Layers[output], Fusion.None), value, plain, BufferKind.Activation);
        logits.Persistent = true;
        return logits;
    }

    private void LowerBackward()
    {
        _phase = StepPhase.Backward;
        for (int i = _tape.Count - 1; i >= 0; i--)
        {
            (Layer layer, Action<BackwardLowering> backward) = _tape[i];
            bool isLoss = Graph.Consumers[layer.Index].Count == 0;
            if (!_wantsGradient[layer.Index] || (_gradients[layer.Index] is null && !isLoss))
                continue;
            _layer = layer.Index;
            backward(new BackwardLowering(this, layer));
            _choice = null;
            _updates.AfterBackward(layer);
        }
        _updates.AfterAll();
    }

    internal Buffer InLayout(LoweringContext context, Value value, Layout layout, BufferKind kind)
    {
        if (value.Layout.Equals(layout))
            return value.Buffer;
        if (_reordered.TryGetValue((value.Buffer, layout), out Buffer? existing))
            return existing;
        // Between a layout that only some kernels know and a third one, the way leads through the one that all know.
        foreach (Layout between in (Layout[])[value.Layout.Common, layout.Common])
        {
            if (!between.Equals(value.Layout) && !between.Equals(layout))
                return InLayout(context, new Value(InLayout(context, value, between, kind), between), layout, kind);
        }
        Buffer target = context.Allocate($"{layout.Tag} of {value.Buffer.Name}", layout.Bytes, kind);
        Emit(Reorder(context, value.Buffer.Name, value, new Value(target, layout)));
        _reordered.Add((value.Buffer, layout), target);
        return target;
    }

    internal Step Reorder(LoweringContext context, string what, Value from, Value to)
    {
        to.Buffer.LayoutTag ??= to.Layout.Tag;
        foreach (Backend backend in _backends)
        {
            if (backend.Reorder(context, what, from, to) is { } step)
                return step;
        }
        throw new FoveaException($"Layer {context.Layer.Node}: no backend can copy {what} from layout {from.Layout.Tag} to {to.Layout.Tag}.");
    }
}
