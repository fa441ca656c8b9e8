using Fovea.Kernels;

namespace Fovea.Engine.Planning;

/// <summary>
/// What follows from the gradients of a plan's parameters. By default each update comes right after its gradient, whose memory then serves another; clipping
/// needs all gradients at once and updates at the end of the run; accumulation averages them over several runs and updates when it is asked to.
/// </summary>
/// <param name="compiler">The plan that is being made.</param>
internal sealed class ParameterUpdates(PlanCompiler compiler)
{
    private const double ClipEpsilon = 1e-6;
    private readonly List<(Layer Layer, Parameter Parameter)> _all = [], _pending = [];
    private readonly Dictionary<Parameter, Buffer> _gradients = [];
    private readonly List<Step> _separate = [];

    /// <summary>Each parameter's gradient of one run.</summary>
    public IReadOnlyDictionary<Parameter, Buffer> Gradients => _gradients;

    /// <summary>The updates that do not belong to a run.</summary>
    public IReadOnlyList<Step> Separate => _separate;

    private PlanOptions Options => compiler.Options;

    private bool AtOnce => Options.Update is not null && (Options.Accumulate || Options.ClipNorm is not null);

    /// <summary>Memory for a gradient that the layer being lowered computes.</summary>
    public Buffer GradientFor(BackwardLowering context, Parameter parameter)
    {
        Buffer buffer = context.Allocate($"d {parameter.Spec.Suffix}", parameter.Spec.Elements * sizeof(float), BufferKind.ParameterGradient);
        buffer.Persistent = Options.KeepGradients;
        _gradients.Add(parameter, buffer);
        _pending.Add((context.Layer, parameter));
        return buffer;
    }

    /// <summary>True where a parameter may be updated piece by piece, before the rest of its gradient is there.</summary>
    public bool InPieces => Options is { Update.IsElementwise: true, KeepGradients: false } && !AtOnce;

    /// <summary>Updates a piece of a parameter from its part of the gradient, which nobody needs afterwards.</summary>
    public void UpdatePiece(Layer layer, Parameter parameter, Buffer gradient, long first)
    {
        (UpdateRule rule, WorkerTeam team, StepState state) = (Options.Update!, compiler.Team, compiler.State);
        parameter.EnsureStates(rule.States.Count);
        long count = gradient.Bytes / sizeof(float);
        (Parameter piece, bool last) = (parameter.Piece(first, count), first + count == parameter.Spec.Elements);
        ManagedStep update = new(layer.Node.Name, $"update {parameter.Spec.Suffix}", rule.Name, [gradient, parameter.Master], [parameter.Master], () =>
        {
            rule.Apply(team, state, piece, gradient.Floats);
            if (last)
                Follow(rule, team, parameter);
        })
        { Share = (double)count / parameter.Spec.Elements };
        compiler.Emit(update);
        (update.Phase, update.LayerIndex) = (StepPhase.Update, layer.Index);
    }

    /// <summary>The backward steps of a layer are emitted.</summary>
    public void AfterBackward(Layer layer)
    {
        foreach ((_, Parameter parameter) in _pending)
        {
            if (Options.Accumulate)
                compiler.Emit(Accumulation(layer, parameter));
            else if (!AtOnce)
                EmitUpdate(layer, parameter, _gradients[parameter], compiler.Emit);
        }
        _all.AddRange(_pending);
        _pending.Clear();
    }

    /// <summary>The backward steps of all layers are emitted.</summary>
    public void AfterAll()
    {
        if (!AtOnce)
            return;
        Action<Step> emit = Options.Accumulate ? _separate.Add : compiler.Emit;
        Buffer[] gradients = [.. _all.Select(item => Options.Accumulate ? item.Parameter.EnsureGradient() : _gradients[item.Parameter])];
        if (Options.ClipNorm is { } norm && _all.Count > 0)
        {
            Step clip = Clipping(norm, gradients);
            emit(clip);
            clip.Phase = StepPhase.Update;
        }
        foreach (((Layer layer, Parameter parameter), Buffer gradient) in _all.Zip(gradients))
            EmitUpdate(layer, parameter, gradient, emit);
    }

    private void EmitUpdate(Layer layer, Parameter parameter, Buffer gradient, Action<Step> emit)
    {
        if (Options.Update is not { } rule)
            return;
        parameter.EnsureStates(rule.States.Count);
        (WorkerTeam team, StepState state) = (compiler.Team, compiler.State);
        ManagedStep update = new(layer.Node.Name, $"update {parameter.Spec.Suffix}", rule.Name, [gradient, parameter.Master], [parameter.Master], () =>
        {
            rule.Apply(team, state, parameter, gradient.Floats);
            Follow(rule, team, parameter);
        });
        emit(update);
        (update.Phase, update.LayerIndex) = (StepPhase.Update, layer.Index);
    }

    /// <summary>What has to know that a master has new values.</summary>
    private static void Follow(UpdateRule rule, WorkerTeam team, Parameter parameter)
    {
        if (rule.WritesHalf)
        {
            parameter.ChangedWithHalf();
            return;
        }
        parameter.Changed();
        parameter.RefreshHalf(team);
    }

    /// <summary>The mean over all samples so far, whatever the sizes of the batches: batch k has the share w_k / (w_1 + ... + w_k) in it.</summary>
    private ManagedStep Accumulation(Layer layer, Parameter parameter)
    {
        (Buffer gradient, Buffer mean, WorkerTeam team, StepState state) = (_gradients[parameter], parameter.EnsureGradient(), compiler.Team, compiler.State);
        return new ManagedStep(layer.Node.Name, $"accumulate {parameter.Spec.Suffix}", "managed", [gradient, mean], [mean], () =>
        {
            double weight = state.Loss.Weight, all = state.AccumulatedWeight + weight;
            // A batch without weight has no gradient; as the first one it still has to remove what the mean held before.
            GradientKernels.Average(team, state.AccumulatedWeight == 0 ? 1 : weight / all, gradient.Floats, mean.Floats);
        });
    }

    private ManagedStep Clipping(double norm, Buffer[] gradients)
    {
        (WorkerTeam team, StepState state) = (compiler.Team, compiler.State);
        return new ManagedStep("gradients", "clip", "managed", gradients, gradients, () =>
        {
            double sum = 0;
            foreach (Buffer gradient in gradients)
                sum += GradientKernels.SumOfSquares(team, gradient.Floats);
            state.GradientNorm = Math.Sqrt(sum);
            double factor = norm / (state.GradientNorm + ClipEpsilon);
            // Written so that a norm that is no number goes through to the parameters: the next loss then tells of it.
            if (factor >= 1)
                return;
            foreach (Buffer gradient in gradients)
                Elementwise.Scale(team, (float)factor, gradient.Floats, gradient.Floats);
        });
    }
}
